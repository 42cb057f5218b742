"""What fails, and what is changed, is done again; what is done stays done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from conftest import draw, draw_folder
from test_collection import features_in

import lookalike
from lookalike.distributed import runners


def wait_for(condition, seconds=60):
    """Wait until something is there."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_killed_workers_shard_is_done_by_another(photos, built, cluster, tmp_path):
    note = tmp_path / "process"

    def runner(work, numbers):
        def killed_once(number):
            if number == 1 and not note.exists():
                note.write_text(str(os.getpid()))
                time.sleep(60)
            return work(number)

        return runners.ray(killed_once, numbers)

    def kill():
        wait_for(lambda: note.exists() and note.read_text())
        os.kill(int(note.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    done = lookalike.extract(photos, tmp_path / "out", runner, rows=200, verbose=False)
    killer.join()
    assert (done.pictures, done.shards) == (597, 3)
    assert (features_in(tmp_path / "out") == built.similarity_model.matrix).all()


def test_a_killed_driver_goes_on_where_it_was(photos, built, tmp_path):
    script = f"import lookalike; lookalike.extract({str(photos)!r}, {str(tmp_path)!r}, rows=60)"
    driver = subprocess.Popen([sys.executable, "-c", script])
    shards = tmp_path / "shards"
    wait_for(lambda: shards.exists() and len(list(shards.glob("*.parquet"))) >= 2)
    driver.kill()
    driver.wait()
    done = lookalike.extract(photos, tmp_path, rows=60, verbose=False)
    assert done.skipped >= 2 and done.shards == 10
    assert (features_in(tmp_path) == built.similarity_model.matrix).all()


def without(number, work):
    """Return work that fails on one shard."""

    def failing(one):
        if one == number:
            raise TimeoutError("the disk does not answer")
        return work(one)

    return failing


def test_a_shard_that_fails_is_named_and_the_next_call_fills_the_gap(tmp_path):
    folder = draw_folder(tmp_path / "folder", 50)

    def runner(work, numbers):
        for number in numbers:
            yield runners.attempt(without(2, work), number, seconds=0)

    with pytest.raises(lookalike.ToolkitError, match=r"1 of 5 shards .* \(2: the disk does not"):
        lookalike.extract(folder, tmp_path / "out", runner, rows=10, verbose=False)
    done = lookalike.extract(folder, tmp_path / "out", rows=10, verbose=False)
    assert (done.pictures, done.skipped) == (50, 4)


def test_rays_failed_shard_is_named_and_the_others_are_done(cluster, tmp_path):
    folder = draw_folder(tmp_path / "folder", 30)

    def runner(work, numbers):
        return runners.ray(without(0, work), numbers)

    with pytest.raises(lookalike.ToolkitError, match=r"\(0: .*the disk does not answer"):
        lookalike.extract(folder, tmp_path / "out", runner, rows=10, verbose=False)
    assert len(list((tmp_path / "out" / "shards").glob("*.parquet"))) == 2


def test_what_passes_is_tried_again(tmp_path):
    folder, tries = draw_folder(tmp_path / "folder", 12), []

    def runner(work, numbers):
        def twice(number):
            tries.append(number)
            if len(tries) < 3:
                raise OSError("503 Slow Down")
            return work(number)

        return (runners.attempt(twice, number, seconds=0) for number in numbers)

    assert lookalike.extract(folder, tmp_path / "out", runner, verbose=False).pictures == 12


def test_any_callable_runs_the_work(photos, built, tmp_path):
    def in_threads(work, numbers):
        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(partial(runners.attempt, work), numbers)

    lookalike.extract(photos, tmp_path, in_threads, rows=150, verbose=False)
    assert (features_in(tmp_path) == built.similarity_model.matrix).all()


def test_a_runner_that_leaves_shards_out_is_an_error(tmp_path):
    folder = draw_folder(tmp_path / "folder", 20)
    with pytest.raises(lookalike.ToolkitError, match="says nothing"):
        lookalike.extract(folder, tmp_path / "out", lambda work, numbers: iter(()), verbose=False)
    with pytest.raises(lookalike.ToolkitError, match="runner to be one of 'local', 'ray'"):
        lookalike.extract(folder, tmp_path / "out", "slurm", verbose=False)


def test_another_network_does_all_shards_again(tmp_path):
    folder = draw_folder(tmp_path / "folder", 30)
    extract = partial(lookalike.extract, folder, tmp_path / "out", rows=10, verbose=False)
    extract()
    assert extract(network="efficientnet-lite0").skipped == 0
    assert extract(network="efficientnet-lite0").skipped == 3
    model = lookalike.open_collection(tmp_path / "out")
    expected = lookalike.build_model(folder, network="efficientnet-lite0", verbose=False)
    assert model.model == "efficientnet-lite0"
    row = model.references[7]
    found, known = (lookalike.find_similar(one, row, k=5) for one in (model, expected))
    assert list(found["id"]) == list(known["id"])


def test_of_a_changed_folder_only_the_changed_shards_are_done(tmp_path):
    folder, out = draw_folder(tmp_path / "folder", 45), tmp_path / "out"
    assert lookalike.extract(folder, out, rows=10, verbose=False).shards == 5
    before = lookalike.open_collection(out)
    paths = {row["path"]: row["id"] for row in before.references[:]}
    gone, changed = (path for path, number in paths.items() if number in (3, 14))
    os.unlink(gone)
    draw(tmp_path / "other.jpg", 5000).replace(changed)
    added = [str(draw(folder / f"a-new-{number}.png", 6000 + number)) for number in range(8)]
    done = lookalike.extract(folder, out, rows=10, verbose=False)
    # Of five parts, one lost a picture, one has another, the last has new ones; one begins.
    assert (done.pictures, done.shards, done.skipped) == (52, 6, 2)
    after = lookalike.open_collection(out)
    assert after.position_of(gone) is None
    assert [after.position_of(path) for path in added] == list(range(45, 53))
    kept = {row["path"]: row["id"] for row in after.references[:] if row["path"] in paths}
    assert kept == {path: number for path, number in paths.items() if path != gone}
    found = lookalike.find_similar(after, changed, k=3)
    # The old model does not have what the file is now, and looks at it again.
    assert list(lookalike.find_similar(before, changed, k=1)["id"])
    assert changed not in list(found["path"])


def test_a_rerun_keeps_the_mean_until_the_rows_have_doubled(tmp_path):
    folder, out = draw_folder(tmp_path / "folder", 30), tmp_path / "out"

    def mean_after(count):
        draw_folder(folder, count)
        lookalike.extract(folder, out, rows=20, verbose=False)
        return lookalike.open_collection(out).table.schema.metadata[b"lookalike"].split(b"[")[2]

    first = mean_after(30)
    assert mean_after(50) == first
    assert mean_after(60) != first


def test_a_call_that_finds_nothing_new_makes_no_new_table(tmp_path):
    folder, out = draw_folder(tmp_path / "folder", 30), tmp_path / "out"
    lookalike.extract(folder, out, verbose=False)
    version = lookalike.open_collection(out).table.version
    lookalike.extract(folder, out, verbose=False)
    assert lookalike.open_collection(out).table.version == version


def test_a_parquet_list_of_paths_is_a_source(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    folder = draw_folder(tmp_path / "folder", 20)
    paths = sorted(str(path.relative_to(tmp_path)) for path in folder.rglob("*.jpg"))
    parquet.write_table(pa.table({"path": [*paths, paths[0], "gone.jpg"]}), tmp_path / "l.parquet")
    done = lookalike.extract(tmp_path / "l.parquet", tmp_path / "out", verbose=False)
    assert (done.pictures, done.failures) == (len(paths), 1)
    (reason,) = lookalike.open_collection(tmp_path / "out").failures["reason"]
    assert "does not exist" in reason


@pytest.mark.parametrize("columns", [{"file": ["a.jpg"]}, {"path": ["a.jpg", None]}])
def test_a_list_without_paths_is_an_error(tmp_path, columns):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    parquet.write_table(pa.table(columns), tmp_path / "list.parquet")
    with pytest.raises(lookalike.ToolkitError, match="a path in each row"):
        lookalike.extract(tmp_path / "list.parquet", tmp_path / "out", verbose=False)


def test_what_is_no_collection_is_not_written_into(tmp_path):
    folder, other = draw_folder(tmp_path / "folder", 3), tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text('{"name": "another program"}')
    for out in (other, other / "manifest.json"):
        for jobs in ({}, {"shard": 0, "of": 1}):
            with pytest.raises(lookalike.ToolkitError, match="name another place"):
                lookalike.extract(folder, out, verbose=False, **jobs)
    assert [file.name for file in other.iterdir()] == ["manifest.json"]


def test_a_part_has_rows(tmp_path):
    with pytest.raises(ValueError, match="found 0"):
        lookalike.extract(tmp_path, tmp_path / "out", rows=0, verbose=False)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "lookalike", *map(str, arguments)], capture_output=True, text=True
    )


def test_an_array_of_jobs_does_its_shards_and_one_more_call_the_table(tmp_path):
    folder, out = draw_folder(tmp_path / "folder", 40), tmp_path / "out"
    done = lookalike.extract(folder, out, shard=2, of=3, rows=10, verbose=False)
    assert str(done) == "10 pictures, 0 failed (shards: 1)"
    assert [file.name for file in (out / "shards").iterdir()] == ["000002.parquet"]
    for number in range(3):
        done = run("extract", folder, out, "--shard", number, "--of", 3)
        assert done.returncode == 0, done.stderr
    assert len(list((out / "shards").iterdir())) == 4 and not (out / "table.lance").exists()
    done = run("extract", folder, out)
    assert "40 pictures, 0 failed (shards: 4)" in done.stderr
    assert lookalike.open_collection(out).num_examples == 40


def test_jobs_that_begin_at_once_agree_on_the_parts(tmp_path):
    folder, out = draw_folder(tmp_path / "folder", 40), tmp_path / "out"
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(lookalike.extract, folder, out, shard=n, of=4, rows=10, verbose=False)
            for n in range(4)
        ]
    assert [job.result().pictures for job in jobs] == [10] * 4


def test_a_job_outside_its_array_is_an_error(tmp_path):
    folder = draw_folder(tmp_path / "folder", 12)
    done = run("extract", folder, tmp_path / "out", "--shard", 3, "--of", 3)
    assert done.returncode == 2 and "0 <= shard < of" in done.stderr
