"""Make a COCO instances file with the statistics of train2017: python benchmarks/coco_data.py OUT --scale 0.1

Drawn from what is known of instances_train2017.json: 118 287 images of which 0.85 % bear nothing, 7.27 annotations an
image (at most 93), ids with gaps, boxes of two decimals, polygons of 49 numbers on average (11 % in several rings),
1.18 % crowds as uncompressed run lengths, entries sorted by category, 450 MB in all. The same seed gives the same file.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

IMAGES = 118_287
PER_IMAGE = 860_006 / IMAGES
LARGEST = 93
CROWDS = 0.0118
GAPS = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}  # category ids that COCO left out of 1..90
SIZES = np.array([(640, 480), (640, 427), (480, 640), (427, 640), (500, 375), (640, 640), (375, 500), (612, 612)])
SHARES = np.array([0.30, 0.25, 0.12, 0.08, 0.1, 0.05, 0.05, 0.05])
NUMBERS = [repr(hundredth / 100) for hundredth in range(64_001)]
BLOCK = 20_000


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="1 = train2017")
    parser.add_argument("--seed", type=int, default=2017)
    given = parser.parse_args()
    random = np.random.default_rng(given.seed)
    count = max(1, round(IMAGES * given.scale))
    ids = random.permutation(np.sort(random.choice(600_000, count, replace=False)) + 1)
    sizes = SIZES[random.choice(len(SIZES), count, p=SHARES)]
    with given.out.open("w", encoding="ascii", newline="\n") as file:
        file.write('{"info": {"description": "drawn, not photographed","year": 2017},"licenses": [],"images": [')
        file.write(",".join(_images(random, ids, sizes)))
        file.write('],"annotations": [')
        for number, block in enumerate(_annotations(random, ids, sizes)):
            file.write("," * bool(number) + ",".join(block))
        kept = [number for number in range(1, 91) if number not in GAPS]
        names = (f'{{"supercategory": "thing","id": {number},"name": "thing {number}"}}' for number in kept)
        file.write('],"categories": [' + ",".join(names) + "]}")


def _images(random: np.random.Generator, ids: NDArray[Any], sizes: NDArray[Any]) -> Iterator[str]:
    licences = random.integers(1, 9, len(ids)).tolist()
    for each, (width, height), licence in zip(ids.tolist(), sizes.tolist(), licences, strict=True):
        yield (
            f'{{"license": {licence},"file_name": "{each:012d}.jpg",'
            f'"coco_url": "http://images.cocodataset.org/train2017/{each:012d}.jpg",'
            f'"height": {height},"width": {width},"date_captured": "2013-11-14 11:18:45",'
            f'"flickr_url": "http://farm9.staticflickr.com/8186/{each:010d}_{each * 7919 % 2**40:010x}_z.jpg",'
            f'"id": {each}}}'
        )


def _per_image(random: np.random.Generator, count: int) -> NDArray[Any]:
    """How many annotations each image has: many have few, few have many; the mean is COCO's."""
    held = np.clip(random.poisson(random.gamma(1.0, PER_IMAGE, count)), 1, LARGEST)
    held[random.random(count) < 0.0085] = 0
    while (short := round(PER_IMAGE * count) - int(held.sum())) != 0:
        may_change = np.flatnonzero((held > 1) & (held < LARGEST))
        held[random.choice(may_change, min(abs(short), len(may_change)), replace=False)] += 1 if short > 0 else -1
    return held


def _annotations(random: np.random.Generator, ids: NDArray[Any], sizes: NDArray[Any]) -> Iterator[list[str]]:
    image = np.repeat(np.arange(len(ids)), _per_image(random, len(ids)))
    count = len(image)
    categories = np.array([number for number in range(1, 91) if number not in GAPS])
    shares = 1 / (np.arange(len(categories)) + 3.0)
    category = random.choice(categories, count, p=shares / shares.sum())
    crowd = random.random(count) < CROWDS
    order = np.lexsort((random.random(count), category, crowd))
    image, category, crowd = image[order], category[order], crowd[order]
    numbers = random.permutation(np.sort(random.choice(2_300_000, count, replace=False)) + 1)
    for start in range(0, count, BLOCK):
        mine = slice(start, start + BLOCK)
        yield list(_block(random, ids[image[mine]], sizes[image[mine]], category[mine], crowd[mine], numbers[mine]))


def _block(
    random: np.random.Generator,
    ids: NDArray[Any],
    sizes: NDArray[Any],
    category: NDArray[Any],
    crowd: NDArray[Any],
    numbers: NDArray[Any],
) -> Iterator[str]:
    count = len(ids)
    side, aspect = np.exp(random.normal(np.log(52), 1.05, count)), np.exp(random.normal(0, 0.5, count))
    span = np.clip(np.stack([side * aspect, side / aspect], axis=1), 1.0, sizes)
    corner = random.random((count, 2)) * (sizes - span)
    box = np.concatenate([corner, span], axis=1)
    hundredths = (box * 100).astype(np.int64)
    points = np.clip(np.exp(random.normal(2.93, 0.75, count)), 4, 400).astype(int)
    rings = np.where(random.random(count) < 0.11, random.integers(2, 5, count), 1)
    area = (span.prod(axis=1) * random.uniform(0.35, 0.85, count)).tolist()
    places = _reaching(random.random((int(points.sum()), 2)), points)
    spread = (
        np.repeat(hundredths[:, :2], points, axis=0) + places * np.repeat(hundredths[:, 2:], points, axis=0)
    ).astype(int)
    ends = np.cumsum(points).tolist()
    columns = (ids.tolist(), category.tolist(), crowd.tolist(), numbers.tolist(), hundredths.tolist(), sizes.tolist())
    for at, (image, label, many, number, (x, y, width, height), (across, down)) in enumerate(
        zip(*columns, strict=True)
    ):
        if many:
            mask = f'{{"counts": [{_runs(random, across * down)}],"size": [{down},{across}]}}'
        else:
            mine = spread[ends[at] - points[at] : ends[at]].ravel().tolist()
            mask = "[" + ",".join(f"[{_joined(ring)}]" for ring in _cut(mine, int(rings[at]))) + "]"
        yield (
            f'{{"segmentation": {mask},"area": {area[at]!r},"iscrowd": {int(many)},"image_id": {image},'
            f'"bbox": [{NUMBERS[x]},{NUMBERS[y]},{NUMBERS[width]},{NUMBERS[height]}],'
            f'"category_id": {label},"id": {number}}}'
        )


def _reaching(places: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    """Outlines stretched to all four sides of their boxes, as those of COCO do."""
    starts = np.cumsum(points) - points
    least, most = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
    return (places - np.repeat(least, points, axis=0)) / np.repeat(most - least, points, axis=0)


def _joined(hundredths: list[int]) -> str:
    return ",".join([NUMBERS[each] for each in hundredths])


def _cut(numbers: list[int], rings: int) -> Iterator[list[int]]:
    step = max(6, len(numbers) // rings // 2 * 2)
    for start in range(0, max(1, len(numbers) - 5), step):
        yield numbers[start : start + step] if start + step + 5 < len(numbers) else numbers[start:]
        if start + step + 5 >= len(numbers):
            return


def _runs(random: np.random.Generator, pixels: int) -> str:
    edges = np.sort(random.integers(0, pixels, 400))
    return ",".join(map(str, np.diff(edges, prepend=0, append=pixels).tolist()))


if __name__ == "__main__":
    main()
