"""`earmark project`: the bits of some texts, and how far they are from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from projection import Projection

__all__ = ["project"]


def project(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="One or more texts, each in quotes.")],
    functions: Annotated[int, typer.Option("--functions", "-T", metavar="T", help="Projection functions.")] = 80,
    function_bits: Annotated[int, typer.Option("--bits", "-d", metavar="D", help="Bits per function.")] = 14,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Chooses the hash functions.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object: settings, tokens, bits, distances.")
    ] = False,
) -> None:
    """Show the bits that the projection gives to texts, and how many bits differ between each two.

    Similar messages get similar bits: without any vocabulary, by hashing pieces of words, words and pairs of words.
    Unrelated texts differ in about half of their bits.

    Examples:

        earmark project "hey, how's it going?" "How's it going buddy?" "the invoice is due on friday"

        earmark project --functions 4 --bits 8 "see you at 5" "c u at 5"
    """
    from projection import Projection, hamming_matrix, pack_bits, project_messages
    from projection.rows import utf8

    texts = [utf8(text).decode("utf-8") for text in texts]  # arguments that are not UTF-8 arrive as lone surrogates
    projection = Projection(functions=functions, function_bits=function_bits, seed=seed)
    packed = pack_bits(project_messages(texts, projection))
    matrix = hamming_matrix(packed)
    if as_json:
        _print_json(texts, projection, packed, matrix)
    else:
        _print(texts, projection, packed, matrix)


def _print_json(texts: list[str], projection: Projection, packed: NDArray[np.uint8], matrix: NDArray[np.int64]) -> None:
    import json

    from projection import tokenize

    result: dict[str, Any] = {
        "projection": projection.to_dict(),
        "texts": [
            {"text": text, "tokens": tokenize(text, projection), "bits": _digits(row, projection)}
            for text, row in zip(texts, packed, strict=True)
        ],
        "hamming": matrix.tolist(),
    }
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2))


def _print(texts: list[str], projection: Projection, packed: NDArray[np.uint8], matrix: NDArray[np.int64]) -> None:
    from projection import tokenize

    for number, (text, row) in enumerate(zip(texts, packed, strict=True), 1):
        typer.echo(f"{number}. {text}")
        typer.echo(f"   tokens  {' '.join(tokenize(text, projection)) or '(none)'}")
        typer.echo(f"   bits    {row.tobytes().hex()}")
    if len(texts) < 2:
        return
    typer.echo(f"\nbits that differ, of {projection.message_bits}:")
    width = max(5, len(str(projection.message_bits)) + 1)
    typer.echo("     " + "".join(f"{number:>{width}}" for number in range(1, len(texts) + 1)))
    for number, distances in enumerate(matrix.tolist(), 1):
        typer.echo(f"{number:>5}" + "".join(f"{distance:>{width}}" for distance in distances))


def _digits(row: NDArray[np.uint8], projection: Projection) -> str:
    """The bits in order, as 0 and 1."""
    import numpy as np

    bits = np.unpackbits(row, count=projection.message_bits, bitorder="little")
    return "".join(map(str, bits.tolist()))
