"""The commands with addresses, as their user types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.cli import mmdata
from mmdata.pipelines.remote.address import Address
from mmdata.pipelines.remote.reading import read_back

from .conftest import BUCKET, content

KITCHEN = Path(__file__).parents[3] / "examples" / "kitchen"
SET = Address(BUCKET, "set")


def run(*words: object):
    return CliRunner().invoke(mmdata, [str(word) for word in words], catch_exceptions=False)


def convert(target: str, out: object, *more: object, labels: object = KITCHEN / "instances.json"):
    images = () if "--images" in more else ("--images", KITCHEN / "images")
    return run("convert", "coco", labels, "--to", target, *images, "--no-upright", *more, "-o", out)


def put(store, path: Path, address: Address) -> Address:
    store.send(path, address)
    return address


@pytest.mark.parametrize("target", ["qwen-vl", "webdataset", "mds", "huggingface", "energon"])
def test_what_is_sent_is_what_a_local_out_is(store, tmp_path, target):
    here = convert(target, tmp_path / "out", "--split", "train=0.75,val=0.25")
    assert here.exit_code == 0, here.stderr
    there = convert(target, SET, "--split", "train=0.75,val=0.25")
    assert there.exit_code == 0, there.stderr
    assert f"written: {SET}" in there.stderr and str(tmp_path) not in there.stderr
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")
    done = run("verify", SET)
    assert done.exit_code == 0 and f"{SET} is what its manifest says" in done.stdout


def test_verify_finds_another_byte_and_a_missing_object(store, tmp_path):
    convert("webdataset", SET)
    shard = next(name for name in store.objects(SET) if name.endswith(".tar"))
    whole = store.read(SET / shard)
    store.write(SET / shard, whole[:700] + bytes([whole[700] ^ 1]) + whole[701:])
    done = run("verify", SET)
    assert done.exit_code == 1 and shard.rpartition("/")[2] in done.stdout and "mmdata-" not in done.stdout
    store.remove(SET / shard)
    assert run("verify", SET).exit_code == 1
    assert json.loads(run("verify", SET, "--format", "json").stdout)["counts"]


def test_labels_and_pictures_from_a_store(store, front, tmp_path):
    labels = put(store, KITCHEN / "instances.json", Address(BUCKET, "in/labels.json"))
    for path in sorted((KITCHEN / "images").rglob("*")):
        if path.is_file():
            name = path.relative_to(KITCHEN / "images").as_posix()
            put(store, path, Address(BUCKET, f"in/images/{name}"))
    words = ("--images", f"s3://{BUCKET}/in/images/")
    refused = convert("webdataset", tmp_path / "out", *words, labels=labels)
    assert refused.exit_code == 2 and f"add --allow s3://{BUCKET}/" in refused.stderr
    done = convert("webdataset", tmp_path / "out", *words, "--allow", f"s3://{BUCKET}/in", labels=labels)
    assert done.exit_code == 0, done.stderr
    here = convert("webdataset", tmp_path / "local")
    assert here.exit_code == 0
    shards = "train/train-00000.tar"
    assert (tmp_path / "out" / shards).read_bytes() == (tmp_path / "local" / shards).read_bytes()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    local = json.loads((tmp_path / "local" / "manifest.json").read_bytes())
    assert [each["sha256"] for each in manifest["inputs"]] == [each["sha256"] for each in local["inputs"]]
    front.reset()
    convert("webdataset", tmp_path / "out", *words, "--allow", f"s3://{BUCKET}/in", labels=labels)
    assert "GET" not in {method for method, path in front.requests if path.endswith(".jpg")}, "fetched twice"


def test_rows_of_pictures_in_a_store_name_them_below_its_address(store, tmp_path):
    for path in sorted((KITCHEN / "images").iterdir()):
        put(store, path, Address(BUCKET, f"in/{path.name}"))
    done = convert("swift", tmp_path / "out", "--images", f"s3://{BUCKET}/in", "--allow", f"s3://{BUCKET}")
    assert done.exit_code == 0, done.stderr
    row = json.loads(next((tmp_path / "out" / "train").iterdir()).read_bytes().splitlines()[0])
    assert all((KITCHEN / "images" / name).is_file() for name in row["images"])


def recipe(folder: Path, *parts: str, targets: str = "[{to: swift, upright: false}]") -> Path:
    """A recipe of COCO parts, in a folder of its own."""
    folder.mkdir(parents=True)
    sources = "".join(f"  - {{source: coco, name: p{at}, {part}}}\n" for at, part in enumerate(parts))
    path = folder / "recipe.yaml"
    path.write_text(f"version: 1\nsplit: {{train: 0.5, val: 0.5}}\nsources:\n{sources}targets: {targets}\n")
    return path


def put_kitchen(store, *homes: str) -> None:
    for home in homes:
        put(store, KITCHEN / "instances.json", Address(BUCKET, f"{home}/labels.json"))
        for path in sorted((KITCHEN / "images").iterdir()):
            put(store, path, Address(BUCKET, f"{home}/images/{path.name}"))


def damaged(store, home: str) -> None:
    """One box of the labels is nothing."""
    labels = json.loads((KITCHEN / "instances.json").read_bytes())
    labels["annotations"][0]["bbox"] = [1, 2, 0, 0]
    store.write(Address(BUCKET, f"{home}/labels.json"), json.dumps(labels).encode())


def part(home: str) -> str:
    return f"input: 's3://{BUCKET}/{home}/labels.json', images: 's3://{BUCKET}/{home}/images'"


def test_a_build_reads_and_sends_addresses_and_is_the_same_on_every_machine(store, tmp_path, monkeypatch):
    put_kitchen(store, "a", "b")
    damaged(store, "b")
    file = recipe(tmp_path / "mine", part("a"), part("b"))
    refused = run("build", file, "-o", tmp_path / "out")
    assert refused.exit_code == 2 and f"add --allow s3://{BUCKET}/" in refused.stderr
    assert f"{file}:4" in refused.stderr
    words = ("--allow", f"s3://{BUCKET}", "--log-json", tmp_path / "log")
    file.write_text(file.read_text() + "max_rejected: 50%\n")
    here = run("build", file, *words, "-o", tmp_path / "out")
    assert here.exit_code == 0, here.stderr
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other machine"))
    there = run("build", file, *words, "-o", SET)
    assert there.exit_code == 0, there.stderr
    assert f"written: {SET}" in there.stderr and "other machine" not in there.stderr
    read_back(SET, tmp_path / "back", store)
    assert content(tmp_path / "back") == content(tmp_path / "out")
    told = b"".join(content(tmp_path / "out").values())
    assert b"fetched" not in told and b"other machine" not in told
    assert f's3://{BUCKET}/b/labels.json"' in (tmp_path / "out" / "rejected.jsonl").read_text()
    shard = next((tmp_path / "out" / "train").iterdir())
    rows = [json.loads(row) for row in shard.read_text().splitlines()]
    folders = (f"{BUCKET}/a/images/", f"{BUCKET}/b/images/")
    assert all(name.startswith(folders) for row in rows for name in row["images"])


def test_a_rehearsal_with_addresses_writes_and_sends_nothing(store, tmp_path):
    put_kitchen(store, "a")
    before = store.objects(Address(BUCKET, ""))
    file = recipe(tmp_path / "mine", part("a"), targets="[{to: swift}, {to: webdataset}]")
    done = run("build", file, "--dry-run", "--allow", f"s3://{BUCKET}", "-o", SET)
    assert done.exit_code == 0, done.stderr
    assert f"s3://{BUCKET}/a/labels.json" in done.stdout and f"{SET}/webdataset" in done.stdout
    assert str(tmp_path) not in done.stdout
    assert store.objects(Address(BUCKET, "")).keys() == before.keys()


def test_several_data_sets_of_addresses(store, tmp_path):
    put_kitchen(store, "a")
    file = recipe(tmp_path / "mine", part("a"), targets="[{to: swift, upright: false}, {to: mds, upright: false}]")
    done = run("build", file, "--allow", f"s3://{BUCKET}", "-o", SET, "-q")
    assert done.exit_code == 0, done.stderr
    assert run("verify", SET).exit_code == 0
    read_back(SET, tmp_path / "back", store)
    row = json.loads(next((tmp_path / "back/swift/train").iterdir()).read_bytes().splitlines()[0])
    assert all((KITCHEN / "images" / name).is_file() for name in row["images"])


def test_the_manifest_of_fetched_labels_is_the_same_on_every_machine(store, tmp_path, monkeypatch):
    put_kitchen(store, "a")
    damaged(store, "a")
    words = ("--images", f"s3://{BUCKET}/a/images", "--allow", f"s3://{BUCKET}", "--max-rejected", "50%")
    for machine in ("one", "two"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / machine))
        done = convert("swift", tmp_path / f"out {machine}", *words, labels=f"s3://{BUCKET}/a/labels.json")
        assert done.exit_code == 0, done.stderr
        assert str(tmp_path / machine) not in done.stderr
    assert content(tmp_path / "out one") == content(tmp_path / "out two")
    manifest = json.loads((tmp_path / "out one" / "manifest.json").read_bytes())
    assert manifest["inputs"][0]["path"] == f"s3://{BUCKET}/a/labels.json"
    assert manifest["options"]["images"] == f"s3://{BUCKET}/a/images"


def test_rows_that_would_lead_to_this_machine_are_not_sent(store):
    done = run("convert", "coco", KITCHEN / "instances.json", "--images", KITCHEN / "images", "-o", SET)
    assert done.exit_code == 2 and "names pictures by the folder it was made in" in done.stderr
    assert not store.objects(SET)


def test_splits_stay_where_they_were(store, tmp_path):
    convert("webdataset", SET, "--split", "train=0.5,val=0.5", "--seed", "1")
    read_back(SET, tmp_path / "first", store)
    convert("webdataset", SET, "--split", "train=0.5,val=0.5", "--seed", "2")
    read_back(SET, tmp_path / "second", store)
    ledgers = [(tmp_path / each / "splits.arrow").read_bytes() for each in ("first", "second")]
    assert ledgers[0] == ledgers[1]


@pytest.mark.parametrize(
    ("out", "said"),
    [("s3://nowhere-1/set", "no such object or bucket"), ("s3://a:b@c/x", "credentials"), ("http://a/x", "no address")],
)
def test_an_address_that_cannot_be_used_is_told(store, out, said):
    done = convert("webdataset", out)
    assert done.exit_code == 2 and said in done.stderr


def test_a_torn_label_file_is_told_by_its_address(store, tmp_path):
    store.write(Address(BUCKET, "in/labels.json"), (KITCHEN / "instances.json").read_bytes()[:700])
    done = convert("webdataset", tmp_path / "out", "--allow", f"s3://{BUCKET}", labels=f"s3://{BUCKET}/in/labels.json")
    assert done.exit_code == 2 and done.stderr.startswith(f"Error: s3://{BUCKET}/in/labels.json:")
    assert str(tmp_path / "cache") not in done.stderr
