"""What every test starts from: no compiled programs from earlier sessions, one seed, grad mode on."""

import os

os.environ["JAXTORCH_CACHE_DIR"] = "0"  # read when jaxtorch is imported

import pytest
from hypothesis import settings

import jaxtorch

settings.register_profile("jaxtorch", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("jaxtorch")


@pytest.fixture(autouse=True)
def _fresh():
    jaxtorch.manual_seed(0)
    yield
    jaxtorch.engine.flush()  # a record that cannot run fails the test it belongs to
