import math

import pytest

from earmark.cli.models_option import DEFAULT_MODELS
from recorder.errors import OptionError
from recorder.options import Options

pytestmark = pytest.mark.runtime


def test_defaults_come_back_from_their_dict() -> None:
    assert Options.from_dict(Options().to_dict()) == Options()
    options = Options(granularity=0.25, sections=7, keywords=3, highlights=0)
    assert Options.from_dict(options.to_dict()) == options


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("granularity", -0.1, "from 0 .few sections. to 1 .many., got -0.1"),
        ("granularity", 1.5, "got 1.5"),
        ("granularity", math.nan, "got nan"),
        ("granularity", "high", "got 'high'"),
        ("granularity", True, "got True"),
        ("sections", 0, "'sections' must be a whole number from 1 to 100000, or None, got 0"),
        ("sections", 2.0, "got 2.0"),
        ("keywords", None, "'keywords' must be a whole number from 1 to 20, got None"),
        ("keywords", 21, "got 21"),
        ("highlights", -1, "from 0 to 100000, or None, got -1"),
    ],
)
def test_a_value_out_of_range_is_named(name: str, value: object, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Options(**{name: value})  # type: ignore[arg-type]


def test_options_of_a_later_release_are_refused() -> None:
    with pytest.raises(OptionError, match="not options of this release"):
        Options.from_dict({"granularity": 0.5, "tempo": 3})


def test_the_command_line_has_the_same_default_models() -> None:
    assert Options().models == DEFAULT_MODELS
