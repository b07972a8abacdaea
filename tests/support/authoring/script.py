"""Dialogue made by code: short, distinct captions, other ones for every seed."""

from __future__ import annotations

import random


def words(text: str) -> list[str]:
    """Split a list of words."""
    return text.split()


CAST = words("""Mara Tobias Velt Ines Okafor Wren Silas Petra""")

THINGS = words(
    """anchor bakery ballot basket beacon bicycle blanket bottle bridge bucket cabin candle canvas carpet
castle cellar chapel chimney circus clinic cottage courier cradle curtain dagger desert diamond dinner doctor
donkey engine envelope factory falcon feather ferry fiddle flagpole forest fountain freezer furnace garage
garden ginger glacier guitar hammer harbor harvest helmet hunter island jacket journal jungle kettle
kitchen ladder lantern lawyer lemon letter library lighthouse lizard locket lumber magnet market marble
medal melon mirror monkey mountain mustard napkin needle notebook ocean office orchard oven paddle palace
parcel parrot passport pepper piano picnic pillow pirate planet pocket potato prison pumpkin puzzle quarry
rabbit radio railway ribbon rocket sailor sandwich satchel scarecrow school sculptor shovel signal spider
stadium station statue stocking storm submarine sugar suitcase sweater tablet tavern teacher telescope
theater thunder ticket tiger tobacco tractor treasure trumpet tunnel turtle umbrella uniform valley velvet
village violin wagon wallet walnut warden whistle window winter wizard workshop yacht"""
)

DEEDS = words(
    """balance bargain borrow bury buy carry chase clean copy count cross deliver describe destroy draw empty
explain fasten find follow forget guard hide ignore inspect invent investigate keep lift lock mend move
measure open paint photograph polish promise protect punish question recover refuse remember repair
replace rescue return sell sharpen shelter sketch smuggle steal study surround swap sweep trade trust
visit wash watch weigh wrap"""
)

KINDS = words(
    """ancient angry blue borrowed broken brown careful cheap clever cold crooked crowded curious dusty empty
famous fragile frozen gentle golden green haunted heavy hidden honest hungry invisible lonely loud lucky
narrow nervous noisy painted patient polite purple quiet rotten rusty secret silver sleepy stolen strange
stubborn tiny ugly velvet warm wicked wooden yellow"""
)

PLACES = words("""above behind below beside inside near outside past under within""")

PATTERNS = (
    "{deed} the {thing}",
    "Never {deed} a {thing}",
    "My {kind} {thing}!",
    "Which {thing}, {name}?",
    "{name}, the {thing}",
    "{place} the {kind} {thing}",
    "{thing} or {other}?",
    "We {deed} it, {name}",
    "{kind} {thing}, {kind2} {other}",
    "They {deed} every {thing}",
    "I {deed} your {thing}",
    "Not the {kind} {thing}",
    "No {thing} today",
    "{name} will {deed} it",
)


def write_script(seed: int, cues: int) -> list[str]:
    """Write `cues` captions of two to four words, no two alike; the same for the same seed.

    Every seed has its own stock of things and deeds besides the cast, as an episode has its own story.
    """
    luck = random.Random(f"script {seed}")
    things, deeds, kinds = luck.sample(THINGS, 70), luck.sample(DEEDS, 35), luck.sample(KINDS, 30)
    lines: dict[str, None] = {}
    while len(lines) < cues:
        (thing, other), (kind, kind2) = luck.sample(things, 2), luck.sample(kinds, 2)
        line = luck.choice(PATTERNS).format(
            thing=thing,
            other=other,
            kind=kind,
            kind2=kind2,
            deed=luck.choice(deeds),
            name=luck.choice(CAST),
            place=luck.choice(PLACES),
        )
        lines[line[0].upper() + line[1:]] = None
    return list(lines)
