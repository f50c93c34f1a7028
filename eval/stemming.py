"""How well Belarusian words are stemmed: `python -m eval.stemming [--seed N] [--families N]`.

It needs Debian's package hunspell-be. A *family* is a dictionary entry with the forms its suffix rules make, all in
lower case, where they are four or more.

- *Recall*: of the pairs of different forms in a family, the share that gets one stem; the mean over families.
  *Pooled*: the same share over the pairs of all families together, in which large families weigh more.
- *Collisions*: how many stems forms of two families or more get. Families may share a form; that is one, too.
"""

import argparse
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import truediv
from pathlib import Path

from eval.errors import EvalError
from qa_service.analysis import fold, stem

DICTIONARY = Path("/usr/share/hunspell/be_BY")
"""Where Debian puts it, less the endings `.dic` and `.aff`."""

FAMILIES = 1_500
SEED = 20
_FEWEST_FORMS = 4
_RULE_FIELDS = 5

Family = frozenset[str]
Stemmer = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A suffix rule: words that end as `condition` says lose `strip` and get `suffix`."""

    strip: str
    suffix: str
    condition: re.Pattern[str]

    def apply(self, word: str) -> str | None:
        """Return the form it makes of `word`, None where it does not apply."""
        if not self.condition.search(word) or not word.endswith(self.strip):
            return None
        return word[: len(word) - len(self.strip)] + self.suffix


@dataclass(frozen=True, slots=True)
class Measured:
    """Recall and pooled recall in 0..1, and the number of stems that two families or more share."""

    recall: float
    pooled: float
    collisions: int


def read_families(dictionary: Path = DICTIONARY) -> list[Family]:
    """Return the families of a hunspell dictionary in its order. Raises EvalError where it is not there."""
    if not dictionary.with_suffix(".dic").is_file():
        message = "no Belarusian dictionary; install Debian's package hunspell-be"
        raise EvalError(message, dictionary.with_suffix(".dic"))
    rules = _read_rules(dictionary.with_suffix(".aff"))
    lines = dictionary.with_suffix(".dic").read_text(encoding="utf-8").splitlines()[1:]
    families = [frozenset(_forms(line.strip(), rules)) for line in lines]
    return [family for family in families if len(family) >= _FEWEST_FORMS]


def _read_rules(path: Path) -> dict[str, list[Rule]]:
    """Return the suffix rules by their flag."""
    rules: defaultdict[str, list[Rule]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if len(fields) < _RULE_FIELDS or fields[0] != "SFX":
            continue
        strip, suffix = ("" if field == "0" else field for field in fields[2:4])
        rules[fields[1]].append(Rule(strip, suffix, re.compile(fields[4] + "$")))
    return rules


def _forms(entry: str, rules: dict[str, list[Rule]]) -> Iterator[str]:
    word, _, flags = entry.partition("/")
    yield word.lower()
    for flag in flags:
        for rule in rules.get(flag, ()):
            form = rule.apply(word)
            if form is not None:
                yield form.lower()


def measure(families: Sequence[Family], stemmer: Stemmer) -> Measured:
    """Stem every form of `families`, which must not be empty; each holds two forms or more."""
    counts = [Counter(map(stemmer, family)) for family in families]
    joined = [sum(_pairs(forms) for forms in stems.values()) for stems in counts]
    all_pairs = [_pairs(len(family)) for family in families]
    owners = Counter(found for stems in counts for found in stems)
    return Measured(
        recall=sum(map(truediv, joined, all_pairs)) / len(families),
        pooled=sum(joined) / sum(all_pairs),
        collisions=sum(count > 1 for count in owners.values()),
    )


def _pairs(things: int) -> int:
    return things * (things - 1) // 2


def stem_as(language: str) -> Stemmer:
    """Return what the service makes of a word in `language`."""
    return lambda word: stem(fold(word), language)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print recall and collisions of the Belarusian stemmer and, to compare, of Snowball's Russian."""
    parser = argparse.ArgumentParser(prog="python -m eval.stemming", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--families", type=int, default=FAMILIES)
    chosen = parser.parse_args(arguments)
    families = random.Random(chosen.seed).sample(read_families(), chosen.families)
    for label, language in (("Belarusian, ours", "be"), ("Russian, Snowball", "ru")):
        measured = measure(families, stem_as(language))
        figures = f"recall {measured.recall:.3f}  pooled {measured.pooled:.3f}  collisions {measured.collisions}"
        sys.stdout.write(f"{label:18} {figures}\n")


if __name__ == "__main__":
    main()
