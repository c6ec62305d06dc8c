"""What an account needs once before workflows deploy Darkroom into it.

A bucket for the engine's state, a key for its secrets, GitHub as an identity provider, a role for
each environment on GitHub, and the boundary of every role that those roles make.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pulumi
from pulumi_aws import get_caller_identity_output, iam, kms

# Its own folder is the program's; the components are the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bootstrap.rights import deploying, running
from components.account import Account, provider
from components.policy import Statement, document
from components.private_bucket import PrivateBucket, PrivateBucketArgs

GITHUB = "token.actions.githubusercontent.com"
STATE_DAYS = 30
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
ROLE = re.compile(r"([a-z][a-z0-9-]*) ([a-z0-9-]+|pr-\*|\*)")

config = pulumi.Config()
repository = config.require("repository")
if not REPOSITORY.fullmatch(repository):
    raise pulumi.RunError(f"repository must be OWNER/NAME, got {repository}")
asked = [str(each) for each in config.require_object("roles")]
if wrong := [each for each in asked if not ROLE.fullmatch(each)]:
    raise pulumi.RunError(
        f"roles must be an environment and its stages, like 'preview pr-*', got {wrong[0]}"
    )
stages = dict(each.split(" ") for each in asked)
if "*" in stages.values() and "prod" in stages.values():
    raise pulumi.RunError(
        "roles must not have all stages (*) in prod's account: give previews one of their own"
    )

account = Account(
    region=pulumi.Config("aws").require("region"),
    tags={"project": "darkroom-bootstrap", "stage": "bootstrap", "owner": config.require("owner")},
)
aws = provider("aws", account)
here = pulumi.ResourceOptions(providers=[aws])
ours = pulumi.ResourceOptions(provider=aws)
kept = pulumi.ResourceOptions(provider=aws, protect=True)
identity = get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=aws)).account_id

# The engine's state, with old versions for a month, and the key of the secrets in it

state = PrivateBucket("state", PrivateBucketArgs(protect=True, recoverable_days=STATE_DAYS), here)
secrets = kms.Key(
    "secrets",
    description="Encrypts the secrets in the state of Darkroom's stacks",
    enable_key_rotation=True,
    deletion_window_in_days=30,
    opts=kept,
)
alias = kms.Alias("alias", name="alias/darkroom-secrets", target_key_id=secrets.key_id, opts=ours)

# GitHub's tokens are trusted for one repository and, by each role, for one of its environments

github = iam.OpenIdConnectProvider(
    "github", url=f"https://{GITHUB}", client_id_lists=["sts.amazonaws.com"], opts=ours
)
boundary = iam.Policy(
    "boundary",
    name="darkroom-boundary",
    path="/darkroom/",
    description="The most that a role of a function may do",
    policy=document(*running(identity)),
    opts=ours,
)

# All policies within a role have 10,240 characters together; one beside it has 6,144 of its own.
APART = ("cloudfront", "lambda")


def trust(environment: str) -> pulumi.Output[str]:
    """Lets the jobs of one environment of the repository take a role."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": github.arn},
                    "Action": ["sts:AssumeRoleWithWebIdentity"],
                    "Condition": {
                        "StringEquals": {
                            f"{GITHUB}:aud": "sts.amazonaws.com",
                            f"{GITHUB}:sub": f"repo:{repository}:environment:{environment}",
                        }
                    },
                }
            ],
        }
    )


def role(environment: str, whose: str) -> iam.Role:
    """The role of an environment, with the rights to deploy `whose` stages."""
    made = iam.Role(
        environment,
        path="/darkroom-workflows/",
        max_session_duration=7200,
        assume_role_policy=trust(environment),
        opts=ours,
    )
    bucket = state.arn
    iam.RolePolicy(
        f"{environment}-state",
        role=made.name,
        policy=document(
            Statement(actions=["s3:ListBucket"], resources=[bucket]),
            Statement(
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[pulumi.Output.concat(bucket, "/*")],
            ),
            Statement(actions=["kms:Encrypt", "kms:Decrypt"], resources=[secrets.arn]),
        ),
        opts=ours,
    )
    apart: list[Statement] = []
    for service, statements in deploying(identity, whose, boundary.arn):
        if service in APART:
            apart += statements
            continue
        iam.RolePolicy(
            f"{environment}-{service}",
            role=made.name,
            policy=document(*statements),
            opts=ours,
        )
    more = iam.Policy(
        f"{environment}-more",
        path="/darkroom-workflows/",
        description="What the policies within the role have no room for",
        policy=document(*apart),
        opts=ours,
    )
    iam.RolePolicyAttachment(f"{environment}-more", role=made.name, policy_arn=more.arn, opts=ours)
    return made


roles = {environment: role(environment, whose) for environment, whose in stages.items()}

pulumi.export("backend", pulumi.Output.concat("s3://", state.name, "?region=", account.region))
pulumi.export(
    "secrets_provider", pulumi.Output.concat("awskms:///", secrets.arn, "?region=", account.region)
)
pulumi.export("roles_boundary", boundary.arn)
pulumi.export("roles", {environment: each.arn for environment, each in roles.items()})
