"""Running a program: what it registers exists, and what it gets wrong is one line that names it."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from local.aws import LocalAws, child_environment
from local.children import ROOT
from local.engine.deployment import Order

HEAD = "import pulumi\nfrom pulumi_aws import sqs, sns\n"


def run(aws: LocalAws, folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    file = folder / "__main__.py"
    file.write_text(HEAD + program)
    order = Order(
        program=str(file),
        project="trial",
        stage="dev",
        config={"aws:region": aws.region, "trial:size": "9"},
        endpoint=aws.endpoint,
        rekognition="http://127.0.0.1:1",
        images=str(folder / "images"),
        front="http://127.0.0.1:2",
        record=str(folder / "record.jsonl"),
    )
    return subprocess.run(
        [sys.executable, "-m", "local.engine.program"],
        cwd=ROOT,
        env=child_environment({"PYTHONPATH": str(ROOT)}),
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_what_a_program_registers_exists_and_its_exports_come_back(
    aws: LocalAws, tmp_path: Path
) -> None:
    program = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("trial:index:Pair", name)
        dead = sqs.Queue(f"{name}-dead", opts=pulumi.ResourceOptions(parent=self))
        policy = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5})
        self.queue = sqs.Queue(name, redrive_policy=policy, visibility_timeout_seconds=30.0,
                               opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"url": self.queue.url})

print("a program may print")
pulumi.export("url", Pair("work").queue.url)
pulumi.export("size", pulumi.Config().require_int("size"))
pulumi.export("password", pulumi.Output.secret("hidden"))
"""
    done = run(aws, tmp_path, program)

    assert done.returncode == 0, done.stderr
    *resources, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["type"], each["name"]) for each in resources] == [
        ("aws:sqs/queue:Queue", "work-dead"),
        ("aws:sqs/queue:Queue", "work"),
    ]
    assert last["outputs"] == {"url": resources[1]["id"], "size": 9, "password": "hidden"}
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=last["outputs"]["url"], AttributeNames=["All"]
    )
    assert answer["Attributes"]["VisibilityTimeout"] == "30"
    assert json.loads(answer["Attributes"]["RedrivePolicy"]) == {
        "deadLetterTargetArn": resources[0]["arn"],
        "maxReceiveCount": 5,
    }


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (
            "sqs.Queue('a', fifo_queue=True)",
            "aws:sqs/queue:Queue a: input fifoQueue of aws:sqs/queue:Queue is not known",
        ),
        (
            "sns.SmsPreferences('a')",
            "aws:sns/smsPreferences:SmsPreferences is not a resource type",
        ),
        (
            "sqs.Queue('a', name='one')\nsqs.Queue('a', name='two')",
            "two resources have the URN urn:pulumi:dev::trial::pulumi:pulumi:Stack$aws:sqs/queue:Q",
        ),
        ("pulumi.export('nothing', None)", "export nothing must have a value, got None"),
        (
            "pulumi.export('host', sns.Topic('a').beginning_archive_time)",
            "host uses <aws:sns/topic:Topic beginningArchiveTime is not an output",
        ),
        ("raise pulumi.RunError('gate must be open or guarded, got ajar')", "gate must be open or"),
        (
            "sqs.Queue.get('a', 'http://elsewhere/a')",
            "reading or importing an existing resource is not known locally",
        ),
    ],
)
def test_a_program_that_asks_for_something_unknown_is_refused_in_one_line(
    aws: LocalAws, tmp_path: Path, program: str, problem: str
) -> None:
    done = run(aws, tmp_path, program)

    assert done.returncode == 1
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def steps(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(line["step"], line["name"]) for line in lines if "step" in line]


def test_a_second_run_changes_only_what_differs(aws: LocalAws, tmp_path: Path) -> None:
    first = """
sqs.Queue("kept")
sqs.Queue("slower", delay_seconds=5)
sqs.Queue("dropped")
topic = sns.Topic("renamed", name="one")
sns.TopicSubscription("heard", topic=topic.arn, protocol="sqs", endpoint=sqs.Queue("ear").arn)
"""
    urls = {each["name"]: each["id"] for each in made(run(aws, tmp_path, first))}
    second = first.replace("=5", "=6").replace('sqs.Queue("dropped")', "").replace("one", "other")

    assert sorted(steps(run(aws, tmp_path, second))) == [
        ("delete", "dropped"),
        ("delete", "heard"),
        ("delete", "renamed"),
        ("replace", "heard"),
        ("replace", "renamed"),
        ("same", "ear"),
        ("same", "kept"),
        ("update", "slower"),
    ]
    left = aws.client("sqs").list_queues()["QueueUrls"]
    assert (urls["kept"] in left, urls["dropped"] in left) == (True, False)
    topics = [each["TopicArn"] for each in aws.client("sns").list_topics()["Topics"]]
    assert [arn.rpartition(":")[2] for arn in topics if arn.endswith(("one", "other"))] == ["other"]
    assert {step for step, _ in steps(run(aws, tmp_path, second))} == {"same"}


def test_what_the_program_retains_stays_when_it_is_no_longer_registered(
    aws: LocalAws, tmp_path: Path
) -> None:
    first = """
kept = pulumi.ResourceOptions(retain_on_delete=True)
sqs.Queue("retained", opts=kept)
sqs.Queue("dropped")
"""
    urls = {each["name"]: each["id"] for each in made(run(aws, tmp_path, first))}

    assert sorted(steps(run(aws, tmp_path, ""))) == [("delete", "dropped"), ("delete", "retained")]
    left = aws.client("sqs").list_queues()["QueueUrls"]
    assert (urls["retained"] in left, urls["dropped"] in left) == (True, False)


def test_a_failed_run_is_continued_by_the_next(aws: LocalAws, tmp_path: Path) -> None:
    broken = "sqs.Queue('first').url.apply(lambda _: sqs.Queue('second', fifo_queue=True))"
    assert run(aws, tmp_path, broken).returncode == 1

    mended = broken.replace(", fifo_queue=True", "")
    assert steps(run(aws, tmp_path, mended)) == [("same", "first"), ("create", "second")]


def test_an_old_resource_with_the_id_of_the_new_one_goes_first(
    aws: LocalAws, tmp_path: Path
) -> None:
    program = """
from pulumi_aws import ecr
rule = {"rulePriority": 1, "action": {"type": "expire"},
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}}
images = ecr.Repository("images")
ecr.LifecyclePolicy("images", repository=images.name,
                    policy=pulumi.Output.json_dumps({"rules": [rule]}))
"""
    (repository, _) = made(run(aws, tmp_path, program))

    assert steps(run(aws, tmp_path, program.replace('"countNumber": 5', '"countNumber": 6'))) == [
        ("same", "images"),
        ("replace", "images"),
    ]
    found = aws.client("ecr").get_lifecycle_policy(repositoryName=repository["id"])
    assert '"countNumber": 6' in found["lifecyclePolicyText"]


def made(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return [line for line in map(json.loads, done.stdout.splitlines()) if "step" in line]
