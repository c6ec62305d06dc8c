"""What the real models see in the samples."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console

from local.rekognition.meaning import Meanings
from local.rekognition.models import (
    MANIFEST,
    PARTS,
    models_folder,
    place_models,
    prepare_models,
    prepared_models,
)
from local.rekognition.pictures import decode
from local.rekognition.taxonomy import CLASSES
from local.rekognition.vision import Models
from tests.local.rekognition.conftest import connect
from tests.local.rekognition.drawing import encoded

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

pytestmark = pytest.mark.models

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
TAXONOMY = ROOT / "local" / "rekognition" / "taxonomy" / "taxonomy.json"


@pytest.fixture(scope="session")
def folder() -> Path:
    return prepare_models(Console(stderr=True))


@pytest.fixture(scope="module")
def seeing(serve: Callable[..., str], folder: Path) -> Iterator[RekognitionClient]:
    address = serve(sight=Models(folder))
    assert httpx.get(f"{address}/health", trust_env=False, timeout=60).json()["models"] is True
    client = connect(address)
    yield client
    client.close()


def sample(name: str) -> Any:
    """A sample as the JPEG that a client would send."""
    image = Image.open(SAMPLES / name).convert("RGB")
    return {"Bytes": encoded(image, "JPEG", quality=90)}


def names(client: RekognitionClient, name: str) -> dict[str, int]:
    answer = client.detect_labels(Image=sample(name))
    assert answer["LabelModelVersion"] == "3.0-local"
    return {label["Name"]: round(label["Confidence"]) for label in answer["Labels"]}


def test_a_cat_is_called_a_cat(seeing: RekognitionClient) -> None:
    found = names(seeing, "cat.webp")
    assert {"Cat", "Pet", "Animal", "Mammal"} <= set(found)
    assert found["Cat"] > 85
    assert found["Animal"] >= found["Cat"]


def test_a_cup_of_coffee_is_coffee(seeing: RekognitionClient) -> None:
    assert {"Coffee", "Beverage"} <= set(names(seeing, "coffee.jpg"))


def test_an_astronaut_has_one_face_and_is_a_person(seeing: RekognitionClient) -> None:
    assert {"Person", "Face"} <= set(names(seeing, "astronaut.jpg"))
    (face,) = seeing.detect_faces(Image=sample("astronaut.jpg"))["FaceDetails"]
    box = face["BoundingBox"]
    # Eileen Collins's face, by eye: from a third to a little over half across, in the upper third.
    assert 0.28 < box["Left"] < box["Left"] + box["Width"] < 0.62
    assert 0.02 < box["Top"] < box["Top"] + box["Height"] < 0.42
    assert face["Confidence"] > 80
    places = {one["Type"]: one for one in face["Landmarks"]}
    assert places["eyeLeft"]["X"] < places["nose"]["X"] < places["eyeRight"]["X"]
    answer = seeing.recognize_celebrities(Image=sample("astronaut.jpg"))
    assert (answer["CelebrityFaces"], len(answer["UnrecognizedFaces"])) == ([], 1)


@pytest.mark.parametrize(
    "name", ["cat.webp", "coffee.jpg", "flower.jpg", "grass.jpg", "rocket.jpg", "temple.jpg"]
)
def test_a_picture_without_people_shows_no_face(seeing: RekognitionClient, name: str) -> None:
    assert seeing.detect_faces(Image=sample(name))["FaceDetails"] == []


@pytest.mark.parametrize(
    "name",
    ["astronaut.jpg", "camera.png", "cat.webp", "coffee.jpg", "flower.jpg", "retina.jpg"],
)
def test_no_sample_is_held_back(seeing: RekognitionClient, name: str) -> None:
    assert seeing.detect_moderation_labels(Image=sample(name))["ModerationLabels"] == []


@pytest.mark.parametrize("color", ["black", "white", "grey", "tan"])
def test_a_blank_picture_gets_no_label(seeing: RekognitionClient, color: str) -> None:
    blank = encoded(Image.new("RGB", (300, 200), color))
    assert seeing.detect_labels(Image={"Bytes": blank})["Labels"] == []


def test_printed_text_is_read_with_its_place(seeing: RekognitionClient) -> None:
    image = Image.new("RGB", (640, 240), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 40), "Darkroom OPEN", "black", ImageFont.load_default(56))
    draw.text((40, 150), "18:30", "navy", ImageFont.load_default(40))
    found = seeing.detect_text(Image={"Bytes": encoded(image)})["TextDetections"]
    assert [(one["DetectedText"], one["Type"]) for one in found] == [
        ("Darkroom OPEN", "LINE"),
        ("18:30", "LINE"),
        ("Darkroom", "WORD"),
        ("OPEN", "WORD"),
        ("18:30", "WORD"),
    ]
    assert [one.get("ParentId") for one in found] == [None, None, 0, 0, 1]
    first = found[0]["Geometry"]["BoundingBox"]
    assert first["Left"] == pytest.approx(40 / 640, abs=0.03)
    assert first["Top"] == pytest.approx(50 / 240, abs=0.1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a kitten", "cat.webp"),
        ("a hot drink", "coffee.jpg"),
        ("spaceship taking off", "rocket.jpg"),
        ("a blossom", "flower.jpg"),
    ],
)
def test_words_find_the_sample_that_they_are_about(folder: Path, words: str, expected: str) -> None:
    models, meanings = Models(folder), Meanings(folder)
    wanted = meanings.of_text(words)
    assert wanted.shape == (384,)

    def similarity(name: str) -> float:
        picture = decode(sample(name)["Bytes"])
        return float(meanings.of_classes(models.classes(picture)) @ wanted)

    samples = ["cat.webp", "coffee.jpg", "flower.jpg", "grass.jpg", "rocket.jpg", "temple.jpg"]
    assert max(samples, key=similarity) == expected


def test_every_class_of_the_table_lies_where_its_name_does(folder: Path) -> None:
    meanings = Meanings(folder)
    names = json.loads(TAXONOMY.read_text(encoding="utf-8"))["classes"]
    picked = range(0, CLASSES, 25)
    alone = np.eye(CLASSES, dtype=np.float32)
    table = np.stack([meanings.of_classes(alone[each]) for each in range(CLASSES)])
    nearest = [
        int(np.argmax(table @ meanings.of_text(f"a photo of a {names[each].lower()}")))
        for each in picked
    ]
    assert nearest == list(picked)


def test_a_damaged_cache_is_noticed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "rekognition" / folder.name
    shutil.copytree(folder, copy)
    monkeypatch.setenv("DARKROOM_CACHE", str(tmp_path))
    assert prepared_models() == copy
    assert sorted(path.name for path in copy.iterdir()) == sorted([*PARTS, MANIFEST])
    faces = copy / "faces.onnx"
    faces.write_bytes(faces.read_bytes()[:-1])
    assert prepared_models() is None


def test_of_two_that_prepare_models_at_once_the_first_one_s_stay(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_CACHE", str(tmp_path / "cache"))
    models_folder().parent.mkdir(parents=True)
    folders = []
    for number in range(2):
        made = tmp_path / str(number) / "made"
        shutil.copytree(folder, made)
        folders.append(made.stat().st_ino)
        place_models(made)
        assert prepared_models() == models_folder()
        assert models_folder().stat().st_ino == folders[0]


def test_damaged_models_make_room_for_whole_ones(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_CACHE", str(tmp_path / "cache"))
    models_folder().mkdir(parents=True)
    (models_folder() / MANIFEST).write_text("{}")
    made = tmp_path / "work" / "made"
    shutil.copytree(folder, made)
    place_models(made)
    assert prepared_models() == models_folder()
