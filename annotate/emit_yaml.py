"""GitHub Actions and Kubernetes: a workflow and a CronJob, as YAML that a YAML writer wrote.

In a workflow's `run` GitHub replaces `${{ … }}` before the shell sees the line, whatever the quotes; the two braces are
themselves said by an expression. Its crontab times are UTC. In a CronJob the command is a list and no shell, but
Kubernetes replaces `$(NAME)` in it; `$$` stands for `$`.
"""

import shlex
from typing import Any

import yaml

from .. import __version__
from ..schemas.errors import ConfigError
from .emit_order import Order
from .schedule_times import as_cron, crontab_fields
from .token import KEY

_SECRET = "mmdata-label-studio"  # noqa: S105  the name of a secret, not its value


def workflow(order: Order) -> str:
    """A workflow for .github/workflows. `ConfigError` where the schedule has a time zone that is not UTC."""
    if order.timezone is not None and order.timezone.key != "UTC":
        fact = f"GitHub's schedules are UTC, not {order.timezone}"
        raise ConfigError("--emit github", fact, "Give the times in UTC, and --timezone UTC.")
    line = shlex.join(("mmdata", *order.arguments)).replace("${{", "${{ '${{' }}")
    job: dict[str, Any] = {
        "runs-on": ["self-hosted"],
        "timeout-minutes": 360,
        "steps": [
            {
                "name": "Pull annotations",
                "shell": "bash",
                "env": {KEY: f"${{{{ secrets.{KEY} }}}}"},
                "run": line,
            }
        ],
    }
    told: dict[str, Any] = {
        "name": order.name,
        "on": {"schedule": [{"cron": crontab_fields(as_cron(order.times))}], "workflow_dispatch": {}},
        "permissions": {},
        "concurrency": {"group": order.name, "cancel-in-progress": False},
        "jobs": {"pull": job},
    }
    return (
        f"# .github/workflows/{order.name}.yml. Times are UTC; GitHub may start late, and not more often than every 5\n"
        f"# minutes. The runner is your own: the store stays on it. Add the secret {KEY} to the repository.\n"
    ) + _written(told)


def cron_job(order: Order) -> str:
    """A CronJob; the store is on a volume at /data, where relative paths begin."""
    command = [each.replace("$", "$$") for each in ("mmdata", *order.arguments)]
    secret = {"secretKeyRef": {"name": _SECRET, "key": "token"}}
    container: dict[str, Any] = {
        "name": "pull",
        "image": f"mmdata:{__version__}",
        "command": command,
        "workingDir": "/data",
        "env": [{"name": KEY, "valueFrom": secret}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "securityContext": {"allowPrivilegeEscalation": False},
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": order.name}}],
    }
    spec: dict[str, Any] = {"schedule": crontab_fields(as_cron(order.times))}
    spec |= {"timeZone": order.timezone.key} if order.timezone else {}
    spec |= {
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 3600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"spec": {"backoffLimit": 2, "template": {"spec": pod}}},
    }
    told = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": order.name}, "spec": spec}
    return (
        f"# An image with mmdata[annotate] in it, a claim {order.name} for the store, and the token:\n"
        f"#   kubectl create secret generic {_SECRET} --from-file=token=FILE\n"
    ) + _written(told)


def _written(told: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=10**6)
    return text
