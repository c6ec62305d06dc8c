"""What a pull request is told about its stage."""

from ops.comment import comment, main


def test_a_comment_has_the_address_and_what_changed() -> None:
    text = comment(
        "pr-7",
        {"darkroom:expires": "2027-01-31"},
        {"pictures_url": "https://d1.cloudfront.net", "originals": "darkroom-pr-7-originals-1"},
        {"result": "succeeded", "resourceChanges": {"same": 140, "update": 2, "delete": 0}},
    )

    assert text == (
        "### Stage `pr-7`\n\n"
        "- address: https://d1.cloudfront.net/\n"
        "- upload to: `s3://darkroom-pr-7-originals-1/uploads/`\n"
        "- expires: 2027-01-31, or when this is closed\n"
        "- last update: succeeded; 140 same, 2 update\n"
    )


def test_without_a_stage_it_prints_how_it_is_called() -> None:
    assert main([]) == 2
