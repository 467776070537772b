"""What `rasa data validate` does not look at: domain, rules, examples, buttons and actions agree."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.procedures.wants import Aspect, aspect_of
from actions.rasa_actions import make_executor
from assistant.settings import ROOT
from knowledge_base.text import normalise
from tests.actions.some_services import some_services

DATA = ROOT / "training_data"
DOMAIN = yaml.safe_load((DATA / "domain.yml").read_text(encoding="utf-8"))
INTENTS = set(DOMAIN["intents"])
LEAST_EXAMPLES = 20
# Never trained: what only a button says.
PRESSED = {name for name in INTENTS if name.startswith("choose_")} | {"give_consent"}
IN_FORMS_ONLY = PRESSED - {
    "choose_procedure", "choose_branch", "choose_answer", "choose_journey", "choose_rating", "choose_receipt",
}  # fmt: skip
BUILT_IN = {"nlu_fallback"}


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((DATA / "nlu").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = [line.removeprefix("- ").strip() for line in entry["examples"].strip().splitlines()]
            found.setdefault(entry["intent"], []).extend(lines)
    return found


EXAMPLES = examples()


def rules() -> Iterator[dict[str, Any]]:
    for path in sorted((DATA / "rules").glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]


def intents_of(steps: Any) -> Iterator[str]:
    for step in steps:
        if "intent" in step:
            yield step["intent"]
        yield from intents_of(step.get("or", []))


def commands() -> Iterator[tuple[str, set[str], str]]:
    """Intent, entity names and place of every `Command(…)` of the sources."""
    for path in [*(ROOT / "actions").rglob("*.py"), *(ROOT / "assistant").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Command":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                intent, entities = given["intent"], given.get("entities")
                assert isinstance(intent, ast.Constant), f"{path.name}:{node.lineno}: the intent is not written out"
                names = {_value(key, path) for key in getattr(entities, "keys", []) if key is not None}
                yield str(intent.value), names, f"{path.relative_to(ROOT)}:{node.lineno}"


def _value(key: ast.expr, path: Path) -> str:
    """A string written out, or a name of the module that stands for one."""
    if isinstance(key, ast.Name):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        return str(getattr(module, key.id))
    return str(ast.literal_eval(key))


def test_every_action_of_the_domain_is_there_and_no_other() -> None:
    # the actions keep their services for later: none is needed to be named
    assert set(make_executor(some_services()).actions) == set(DOMAIN["actions"])


def test_every_form_is_asked_for_and_checked() -> None:
    for form, content in DOMAIN["forms"].items():
        assert f"validate_{form}" in DOMAIN["actions"]
        for slot in content["required_slots"]:
            assert slot in DOMAIN["slots"]
            assert f"action_ask_{form}_{slot}" in DOMAIN["actions"]


def test_intents_and_actions_of_the_rules_are_in_the_domain() -> None:
    known = set(DOMAIN["actions"]) | set(DOMAIN["forms"]) | {"action_listen", "action_deactivate_loop"}
    for rule in rules():
        assert set(intents_of(rule["steps"])) <= INTENTS | BUILT_IN, rule["rule"]
        assert {step["action"] for step in rule["steps"] if "action" in step} <= known, rule["rule"]


def test_every_intent_means_something_outside_the_forms() -> None:
    free = [intent for rule in rules() if not rule.get("condition") for intent in intents_of(rule["steps"])]
    assert set(free) == (INTENTS - IN_FORMS_ONLY) | BUILT_IN
    assert len(free) == len(set(free)), "two rules for one intent"


def loops(rule: dict[str, Any]) -> list[str | None]:
    """The forms that a rule names in turn; None: no form any more."""
    return [step["active_loop"] for step in rule["steps"] if "active_loop" in step]


@pytest.mark.parametrize("intent", sorted(INTENTS | BUILT_IN))
@pytest.mark.parametrize("form", sorted(DOMAIN["forms"]))
def test_inside_a_form_each_intent_has_one_rule(form: str, intent: str) -> None:
    """A rule of the form's own; or else the rule by which another form begins.  Any other rule would answer and leave
    the form open without its question, and the next message would be taken for an answer to it."""
    found = [rule for rule in rules() if intent in set(intents_of(rule["steps"]))]
    own = [rule for rule in found if {"active_loop": form} in rule.get("condition", [])]
    free = [rule for rule in found if not rule.get("condition")]
    if own:
        (rule,) = own
        assert loops(rule) in ([form], [None]), f"{rule['rule']}: neither goes on nor ends"
    else:
        (rule,) = free
        assert set(loops(rule)) & set(DOMAIN["forms"]), f"{intent} has no rule inside {form}"


def test_every_intent_has_examples_enough_or_none_at_all() -> None:
    assert set(EXAMPLES) == INTENTS - PRESSED
    few = {intent: len(lines) for intent, lines in EXAMPLES.items() if len(lines) < LEAST_EXAMPLES}
    assert few == {}


def test_no_example_stands_under_two_intents_or_twice() -> None:
    seen: dict[str, str] = {}
    double = []
    for intent, lines in EXAMPLES.items():
        for line in lines:
            key = normalise(line).lower().strip(" .?!")
            if key in seen:
                double.append(f"{line}: {seen[key]}, {intent}")
            seen[key] = intent
    assert double == []


def test_no_example_is_a_command_or_names_an_entity() -> None:
    """Codes are spotted by rule: an entity marked in an example would train an extractor that is not there."""
    for lines in EXAMPLES.values():
        for line in lines:
            assert line
            assert not line.startswith("/"), line
            assert not re.search(r"\]\(|\]\{", line), line


def test_the_held_out_examples_are_not_trained_on() -> None:
    held_out = yaml.safe_load((Path(__file__).parents[1] / "nlu_held_out.yml").read_text(encoding="utf-8"))["nlu"]
    lines = {normalise(e.removeprefix("- ")).lower() for i in held_out for e in i["examples"].strip().splitlines()}
    trained = {normalise(line).lower() for known in EXAMPLES.values() for line in known}
    assert lines & trained == set()
    assert {entry["intent"] for entry in held_out} <= set(EXAMPLES)


def test_buttons_speak_the_domain() -> None:
    found = list(commands())
    assert len(found) > 15
    for intent, entities, place in found:
        assert intent in INTENTS, place
        assert entities <= set(DOMAIN["entities"]), place
    assert {intent for intent, _, _ in found} >= PRESSED


def test_what_is_asked_of_a_procedure_is_one_list_everywhere() -> None:
    asked = {name for name in INTENTS if aspect_of(name)}
    assert {aspect_of(name) for name in asked} == set(Aspect)
    for rule in rules():
        inside = asked & set(intents_of(rule["steps"]))
        assert inside in (set(), asked), rule["rule"]


def test_no_slot_is_filled_behind_the_actions_back() -> None:
    for name, slot in DOMAIN["slots"].items():
        assert slot["mappings"] == [{"type": "custom"}], name
        assert slot["influence_conversation"] is False, name
