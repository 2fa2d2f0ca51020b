"""Which project of the server is meant: by its number, its key, or the project.yaml that holds its key."""

from pathlib import Path

from ..schemas.errors import ConfigError
from .project_file import read_project
from .projects import key_of, listed, with_this_key
from .server import Server


def project_number(server: Server, named: str) -> int:
    """The number of the project that is meant; `ConfigError` where none of the server's, or several, have that key."""
    if named.isascii() and named.isdigit():
        return int(named)
    file = Path(named)
    key = read_project(file).key if file.suffix.lower() in (".yaml", ".yml") else named
    found = with_this_key(server, key)
    if found is None:
        keys = sorted({known for each in listed(server) if (known := key_of(each.get("description")))})
        known = f"There are: {', '.join(keys[:20])}." if keys else "No project there has a key."
        remedy = f"{known} A project's number stands in its address."
        raise ConfigError(server.url, f"has no project with the key {key!r}", remedy)
    return int(found["id"])
