from __future__ import annotations

import numpy as np
import pytest

import lookalike
from lookalike.networks import provider
from lookalike.networks.catalogue import DEFAULT
from lookalike.networks.session import open_session
from lookalike.portable import config

CPU, CUDA, COREML = (provider.PROVIDERS[name] for name in ("cpu", "cuda", "coreml"))


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv("LOOKALIKE_PROVIDER", raising=False)
    yield
    provider.use_accelerators(None)


def pretend(monkeypatch, *names: str) -> None:
    """Let the installed ONNX Runtime seem to have these providers."""
    onnxruntime = pytest.importorskip("onnxruntime")
    found = [provider.PROVIDERS[name].name for name in names]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: found)


def test_the_cpu_can_be_chosen(tc):
    tc.config.set_num_gpus(0)
    assert tc.config.get_num_gpus() == 0


@pytest.mark.portable
def test_the_runtime_configuration_says_where_networks_run():
    config.set_runtime_config("TURI_NUM_GPUS", 0)
    assert config.get_runtime_config() == {"TURI_NUM_GPUS": 0}


def test_a_number_that_makes_no_sense_is_refused(tc):
    with pytest.raises(ValueError, match="num_gpus"):
        tc.config.set_num_gpus(-2)


def test_networks_run_on_the_cpu_unless_something_else_is_asked_for(monkeypatch):
    pretend(monkeypatch, "cuda", "cpu")
    assert provider.chosen_provider() is CPU
    assert config.get_num_gpus() == 0


def test_an_accelerator_is_taken_when_it_is_asked_for(monkeypatch):
    pretend(monkeypatch, "coreml", "cpu")
    config.set_num_gpus(1)
    assert provider.chosen_provider() is COREML
    assert config.get_num_gpus() == 1


def test_without_an_accelerator_the_cpu_is_taken_with_a_warning_that_names_packages(monkeypatch):
    pretend(monkeypatch, "cpu")
    with pytest.warns(
        lookalike.BackendWarning,
        match=r"has CPUExecutionProvider\..*NVIDIA GPU: pip install onnxruntime-gpu; or .*"
        r"Windows: pip install onnxruntime-directml",
    ):
        config.set_num_gpus(1)
    assert provider.chosen_provider() is CPU


def test_what_is_there_is_taken_if_that_is_asked_for(monkeypatch):
    pretend(monkeypatch, "cpu")
    config.set_num_gpus(-1)
    assert config.get_num_gpus() == 0
    pretend(monkeypatch, "cuda", "cpu")
    config.set_num_gpus(-1)
    assert config.get_num_gpus() == 1


def test_the_variable_chooses(monkeypatch):
    pretend(monkeypatch, "cuda", "coreml", "cpu")
    monkeypatch.setenv("LOOKALIKE_PROVIDER", "CoreML")
    assert provider.chosen_provider() is COREML
    config.set_num_gpus(1)
    assert provider.chosen_provider() is COREML
    config.set_num_gpus(0)
    assert provider.chosen_provider() is CPU


def test_an_accelerator_wins_over_a_variable_that_says_cpu(monkeypatch):
    pretend(monkeypatch, "cuda", "cpu")
    monkeypatch.setenv("LOOKALIKE_PROVIDER", "cpu")
    config.set_num_gpus(1)
    assert provider.chosen_provider() is CUDA


@pytest.mark.parametrize(
    ("name", "package"), [("cuda", "onnxruntime-gpu"), ("directml", "onnxruntime-directml")]
)
def test_a_provider_that_is_not_there_names_its_package(monkeypatch, name, package):
    pretend(monkeypatch, "cpu")
    monkeypatch.setenv("LOOKALIKE_PROVIDER", name)
    with pytest.raises(lookalike.BackendError, match=rf"is not here\. .*pip install {package}"):
        open_session(DEFAULT)


def test_a_provider_that_does_not_exist_is_answered_with_those_that_do(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_PROVIDER", "gpu")
    with pytest.raises(lookalike.BackendError, match="expected one of cpu, cuda, coreml, directml"):
        provider.chosen_provider()


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_does_not_start_is_not_replaced_in_silence(monkeypatch):
    pretend(monkeypatch, "cuda", "cpu")
    config.set_num_gpus(1)
    with pytest.raises(lookalike.BackendError, match=r"CUDAExecutionProvider .* does not start"):
        open_session(DEFAULT)


@pytest.mark.parametrize("name", provider.ACCELERATORS)
def test_an_accelerator_gives_the_features_of_the_cpu(name, monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    if provider.PROVIDERS[name].name not in onnxruntime.get_available_providers():
        pytest.skip(f"the installed ONNX Runtime has no {provider.PROVIDERS[name].name}")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 260, 260, 3), dtype=np.uint8)
    on_cpu = open_session(DEFAULT).features(pixels)
    monkeypatch.setenv("LOOKALIKE_PROVIDER", name)
    # It need not compute in integers: in reals, what they stand for lies up to 0.06 away.
    difference = open_session(DEFAULT).features(pixels) - on_cpu
    assert np.linalg.norm(difference, axis=1).max() < 0.1


def test_variables_of_turi_create_may_be_set(tc):
    assert tc.config.set_runtime_config("TURI_DEFAULT_NUM_PYLAMBDA_WORKERS", 2) is None


def test_a_variable_that_does_not_exist_is_a_runtime_error(tc):
    with pytest.raises(RuntimeError, match="variable"):
        tc.config.set_runtime_config("nothing", 1)


def test_the_variable_of_accelerators_is_what_set_num_gpus_sets(monkeypatch):
    pretend(monkeypatch, "cuda", "cpu")
    config.set_runtime_config("TURI_NUM_GPUS", 1)
    assert config.get_num_gpus() == 1


def test_where_things_are_shown_may_be_set(tc):
    for target in ("browser", "gui", "none", "auto"):
        assert tc.visualization.set_target(target) is None
    assert tc.visualization.set_target() is None
    with pytest.raises(ValueError, match="browser"):
        tc.visualization.set_target("nowhere")
