"""The static encoder: trained, saved, read with numpy alone, and the same through sentence-transformers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.encoder import ModelEncoder, StaticEncoder, open_encoder
from knowledge_base.encoder.features import features
from knowledge_base.encoder.noise import drop_accents, one_slip, teencode
from knowledge_base.encoder.train import Recipe, train
from knowledge_base.text import expand, fold
from tests.knowledge_base.conftest import RECIPE
from tests.knowledge_base.invented import catalogue

ROOT = Path(__file__).resolve().parents[2]
TYPED = ["làm giấy xe đạp", "lam giay xe dap", "gia hạn thẻ thu vien", "xóa ao cá rồi", "k thả diều nữa", "qqq xe"]
NEVER_SEEN = ["ฅฅฅ ฌฌฌ", "", "🙂", "@@@"]


def test_static_encoder_equals_sentence_transformers(trained: Path) -> None:
    from sentence_transformers import SentenceTransformer

    own = StaticEncoder(trained).encode(TYPED)
    model = SentenceTransformer(str(trained), device="cpu")
    theirs = np.asarray(model.encode([" ".join(features(text)) for text in TYPED]), dtype=np.float32)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    assert own.dtype == np.float32
    assert own.shape == (len(TYPED), RECIPE.dimension)
    np.testing.assert_allclose(own, theirs, atol=1e-3)  # the weights are stored in half precision


def test_unit_vectors_and_zero_for_what_was_never_seen(trained: Path) -> None:
    encoder = StaticEncoder(trained)
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(TYPED), axis=1), 1.0, atol=1e-5)
    assert not encoder.encode(NEVER_SEEN).any()
    assert encoder.encode([]).shape == (0, RECIPE.dimension)


def test_an_unknown_term_leaves_the_direction_alone(trained: Path) -> None:
    encoder = StaticEncoder(trained)
    plain, with_unknown = encoder.encode(["xe đạp", "xe đạp ₫₫₫ 987654"])
    assert float(plain @ with_unknown) == pytest.approx(1.0, abs=1e-5)


def test_training_brings_what_belongs_together_near(trained: Path) -> None:
    encoder = StaticEncoder(trained)
    asked, own, other = encoder.encode(["hội cờ tướng", "Công nhận câu lạc bộ cờ tướng", "Thẩm định mẫu đèn lồng"])
    assert float(asked @ own) > float(asked @ other)


def test_the_name_follows_the_weights(trained: Path, tmp_path: Path) -> None:
    again = train(catalogue(), tmp_path / "same", RECIPE)
    card = json.loads((trained / "tthc.json").read_text(encoding="utf-8"))
    assert again == card
    assert (card["procedures"], card["dimension"]) == (16, RECIPE.dimension)
    stages: list[tuple[str, float]] = []
    other = train(
        catalogue(), tmp_path / "same", Recipe(dimension=32, epochs=1, batch=16, seed=1), lambda *s: stages.append(s)
    )
    assert other["digest"] != card["digest"]
    assert StaticEncoder(tmp_path / "same").name == f"tthc-{other['digest'][:12]}" != StaticEncoder(trained).name
    assert {stage for stage, _ in stages} == {"vocabulary", "training"}
    assert [share for _, share in stages] == sorted(share for _, share in stages)
    assert stages[-1] == ("training", 1.0)
    assert list(tmp_path.iterdir()) == [tmp_path / "same"]


def test_open_encoder_prefers_the_one_trained_here(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "encoder").symlink_to(trained)
    assert open_encoder("", tmp_path).name == StaticEncoder(trained).name


def test_any_model_by_folder(trained: Path) -> None:
    encoder = open_encoder(str(trained))
    assert isinstance(encoder, ModelEncoder)
    assert (encoder.name, encoder.dimension) == (str(trained), RECIPE.dimension)
    known, unknown = encoder.encode([" ".join(features("xe đạp")), "zzz"])
    assert known.dtype == np.float32
    assert known == pytest.approx(StaticEncoder(trained).encode(["xe đạp"])[0], abs=1e-3)
    assert not unknown.any()
    assert encoder.encode([]).shape == (0, RECIPE.dimension)


@pytest.mark.parametrize("name", ["no-such-owner/no-such-model", "/no/such/folder"])
def test_a_wrong_model_name_is_told_without_the_network(name: str) -> None:
    program = """
import os, socket, sys
os.environ["HF_HUB_OFFLINE"] = "1"
def refuse(*_):
    sys.exit("the network was touched")
socket.socket.connect = socket.getaddrinfo = refuse
from knowledge_base.encoder import open_encoder
from knowledge_base.errors import Misconfigured
try:
    open_encoder(sys.argv[1])
except Misconfigured as error:
    print(error.code.value, error.detail)
"""
    done = subprocess.run([sys.executable, "-c", program, name], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"misconfigured TTHC_ENCODER={name}: ")


def test_the_platform_starts_without_torch(trained: Path) -> None:
    program = """
import sys
from pathlib import Path
from knowledge_base.encoder import open_encoder
import knowledge_base.search
open_encoder("", Path(sys.argv[1])).encode(["xe đạp"])
print([name for name in ("torch", "sentence_transformers", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program, str(trained)], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_features() -> None:
    assert features("Xe đạp") == ["f:xe", "f:dap", "b:xe_dap", "a:đạp"]
    assert features("Xe dap") == ["f:xe", "f:dap", "b:xe_dap"]
    assert features("khai") == ["f:khai", "c:^kh", "c:kha", "c:hai", "c:ai$"]
    assert features("2026") == ["f:2026"]
    assert features("đk") == ["f:dang", "f:ky", "b:dang_ky", "a:đăng", "a:ký", "c:^da", "c:dan", "c:ang", "c:ng$"]


@given(st.text(), st.randoms(use_true_random=False))
def test_noise_takes_any_text(text: str, rng: random.Random) -> None:
    assert drop_accents(text) == fold(text)
    slipped, short = one_slip(text, rng), teencode(text, rng)
    assert len(slipped.split(" ")) == len(text.split(" "))
    assert abs(len(slipped) - len(text)) <= 1
    assert isinstance(short, str)


def test_noise_repeats_itself_and_keeps_the_meaning() -> None:
    text = "đăng ký kết hôn cần giấy tờ gì không"
    assert one_slip(text, random.Random(4)) == one_slip(text, random.Random(4))
    made = {teencode(text, random.Random(seed)) for seed in range(30)}
    assert len(made) > 3
    assert {fold(expand(short)) for short in made} == {fold(text)}
    assert one_slip("đi xe", random.Random(4)) == "đi xe"
