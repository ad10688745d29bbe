"""Modules that are imported while a fake is active: intercepted or untouched, never half; and they keep their own loader."""

import importlib
import importlib.resources
import importlib.util
import subprocess
import sys
import textwrap
import threading

import pytest

from fakes3mp import FakeS3, NotIntercepted
from fakes3mp.interceptors import import_hooks
from fakes3mp.interceptors.catalog import INTERCEPTORS
from fakes3mp.interceptors.import_hooks import call_on_import, cancel_on_import
from fakes3mp.interceptors.patches import ModuleInterceptor

NAME = "hooked_library"


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A package on the path that is not imported yet."""
    package = tmp_path / NAME
    package.mkdir()
    (package / "__init__.py").write_text("value = 1\n")
    (package / "data.txt").write_text("data")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    cancel_on_import()
    sys.modules.pop(NAME, None)


@pytest.fixture
def calls(library):
    """The modules at the times when the callback was called."""
    calls = []
    call_on_import([(NAME, lambda: calls.append(sys.modules[NAME]))])
    return calls


def test_an_import(calls):
    assert calls == []
    module = importlib.import_module(NAME)
    assert calls == [module]
    importlib.import_module(NAME)
    assert calls == [module]


def test_a_module_that_is_imported_already(library):
    importlib.import_module(NAME)
    calls = []
    call_on_import([(NAME, lambda: calls.append(1))])
    assert calls == [1]


def test_looking_a_module_up_is_no_import(calls):
    for _ in range(2):
        spec = importlib.util.find_spec(NAME)
        assert spec.loader.get_filename(NAME) == spec.origin
        assert NAME not in sys.modules
    assert calls == []
    module = importlib.import_module(NAME)
    assert calls == [module]


def test_an_import_that_fails_once(library, calls):
    source = library / "__init__.py"
    source.write_text("import a_module_that_is_missing\n")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)
    assert calls == []
    source.write_text("value = 'the second time'\n")
    importlib.invalidate_caches()
    module = importlib.import_module(NAME)
    assert calls == [module]


def test_an_import_after_the_module_was_forgotten(calls):
    first = importlib.import_module(NAME)
    del sys.modules[NAME]
    second = importlib.import_module(NAME)
    assert second is not first
    assert calls == [first, second]


def test_a_reload(calls):
    module = importlib.import_module(NAME)
    assert importlib.reload(module) is module
    assert calls == [module, module]


def test_a_private_copy_is_untouched(calls):
    spec = importlib.util.find_spec(NAME)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.value == 1
    assert calls == []


def test_a_lazy_module(calls):
    spec = importlib.util.find_spec(NAME)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert calls == []
    assert module.value == 1
    assert calls == [module]


def test_a_module_keeps_its_own_loader(library, calls):
    module = importlib.import_module(NAME)
    assert type(module.__loader__).__module__.startswith(("_frozen_importlib", "importlib"))
    assert module.__spec__.loader is module.__loader__
    assert importlib.resources.files(NAME).joinpath("data.txt").read_text() == "data"
    assert module.__loader__.get_source(NAME) == "value = 1\n"


def test_a_module_without_a_loader_is_left_alone(library, calls):
    (library / "__init__.py").unlink()  # a namespace package
    importlib.invalidate_caches()
    importlib.import_module(NAME)


def test_an_import_during_which_the_hook_is_cancelled(library, calls):
    """Another thread stops the fake while this one imports."""
    (library / "__init__.py").write_text(
        "from fakes3mp.interceptors.import_hooks import cancel_on_import\ncancel_on_import()\n"
    )
    importlib.import_module(NAME)
    assert calls == []


def test_an_import_that_is_under_way_in_another_thread(library):
    (library / "__init__.py").write_text("import threading_helper\nthreading_helper.wait()\nvalue = 1\n")
    (library.parent / "threading_helper.py").write_text(
        "import threading\nentered, go = threading.Event(), threading.Event()\ndef wait():\n    entered.set()\n    go.wait(10)\n"
    )
    helper = importlib.import_module("threading_helper")
    thread = threading.Thread(target=importlib.import_module, args=[NAME])
    thread.start()
    helper.entered.wait(10)
    threading.Timer(0.2, helper.go.set).start()
    values = []
    call_on_import([(NAME, lambda: values.append(sys.modules[NAME].value))])  # waits for the whole module
    thread.join()
    del sys.modules["threading_helper"]
    assert values == [1]


def test_imports_while_fakes_start_and_stop(library):
    """A thread imports again and again: it never meets a module that is patched after the stop."""
    state = {"active": False, "wrong": 0}

    def callback():
        if not state["active"]:
            state["wrong"] += 1

    stopped = threading.Event()

    def import_again():
        while not stopped.is_set():
            sys.modules.pop(NAME, None)
            importlib.import_module(NAME)

    thread = threading.Thread(target=import_again)
    thread.start()
    for _ in range(300):
        with import_hooks._LOCK:
            state["active"] = True
        call_on_import([(NAME, callback)])
        with import_hooks._LOCK:
            cancel_on_import()
            state["active"] = False
    stopped.set()
    thread.join()
    assert state["wrong"] == 0


def test_nothing_is_left_behind():
    before = list(sys.meta_path)
    with FakeS3():
        assert sys.meta_path != before
    assert sys.meta_path == before


# Clients that are imported while a fake is active, each in a process of its own


def run(code):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)


PRESIGNED = "https://media.s3.amazonaws.com/k?X-Amz-Signature=0"


@pytest.mark.parametrize(
    "first",
    [
        "importlib.util.find_spec('requests')",
        "importlib.util.find_spec('requests.adapters')",
        "import_and_fail()",
        "import_and_forget()",
    ],
)
def test_requests_is_intercepted(first):
    result = run(f"""
        import importlib.util, sys
        from fakes3mp import FakeS3, NotIntercepted

        def import_and_fail():
            sys.modules["urllib3"] = None
            try:
                import requests
            except ImportError:
                pass
            del sys.modules["urllib3"]

        def import_and_forget():
            import requests
            for name in [name for name in sys.modules if name.partition(".")[0] == "requests"]:
                del sys.modules[name]

        with FakeS3(buckets=["media"], check_signatures=False) as fake:
            fake.put("media", "k", b"hello")
            {first}
            import requests
            print(requests.get("https://media.s3.amazonaws.com/k?AWSAccessKeyId=a&Signature=0&Expires=99999999999").text)
        import importlib.resources
        assert importlib.resources.files("requests").joinpath("api.py").is_file()
        assert "Loader" in type(requests.__loader__).__name__ and "Callbacks" not in type(requests.__loader__).__name__
    """)
    assert result.stdout == "hello\n", result.stderr


def test_boto3_is_intercepted_after_a_failed_import():
    result = run("""
        import sys
        from fakes3mp import FakeS3, NotIntercepted

        with FakeS3(buckets=["media"]) as fake:
            assert "botocore.client" not in sys.modules
            sys.modules["jmespath"] = None
            try:
                import boto3
            except ImportError:
                del sys.modules["jmespath"]
            import boto3
            print(boto3.client("s3").list_buckets()["Buckets"][0]["Name"])
    """)
    assert result.stdout == "media\n", result.stderr


# Starts and stops that fail half-way


class Broken:
    """An interceptor that fails."""

    def __init__(self, *, install=False, remove=False):
        self.callbacks = [("sys", self.install)] if install else []
        self.remove_fails = remove

    def install(self):
        raise ZeroDivisionError("install")

    def remove(self):
        if self.remove_fails:
            raise ZeroDivisionError("remove")


def world():
    import os

    import botocore.client
    import botocore.endpoint
    import requests.adapters

    return (
        dict(os.environ),
        list(sys.meta_path),
        botocore.client.BaseClient._make_api_call,
        botocore.endpoint.Endpoint.make_request,
        requests.adapters.HTTPAdapter.get_connection,
        getattr(requests.adapters.HTTPAdapter, "get_connection_with_tls_context", None),  # requests 2.32.2 and later
    )


@pytest.mark.parametrize("position", [0, 3, len(INTERCEPTORS)])
def test_a_start_that_fails_half_way_undoes_what_it_did(monkeypatch, position):
    broken = (*INTERCEPTORS[:position], Broken(install=True), *INTERCEPTORS[position:])
    before, fake = world(), FakeS3(buckets=["media"])
    with monkeypatch.context() as patch:
        patch.setattr("fakes3mp.interceptors.catalog.INTERCEPTORS", broken)
        with pytest.raises(ZeroDivisionError, match="install"):
            fake.start()
    assert world() == before
    with fake:
        assert fake.client().list_buckets()["Buckets"][0]["Name"] == "media"
    assert world() == before


@pytest.mark.parametrize("position", [0, 3, len(INTERCEPTORS)])
def test_a_stop_that_fails_half_way_undoes_everything(monkeypatch, position):
    broken = (*INTERCEPTORS[:position], Broken(remove=True), *INTERCEPTORS[position:])
    before, fake = world(), FakeS3(buckets=["media"])
    with monkeypatch.context() as patch:
        patch.setattr("fakes3mp.interceptors.catalog.INTERCEPTORS", broken)
        fake.start()
        with pytest.raises(ZeroDivisionError, match="remove"):
            fake.stop()
    assert world() == before
    with fake:
        pass


def test_a_patch_that_fails_half_way_undoes_what_it_did(monkeypatch):
    """A later botocore has moved something."""
    import botocore.retries.bucket

    before = world()
    monkeypatch.delattr(botocore.retries.bucket.TokenBucket, "acquire")
    with pytest.raises(AttributeError):
        FakeS3().start()
    assert world() == before


# A later fake puts the same replacements back, unless what they stand for has changed in between


def test_a_later_fake_puts_the_same_replacements_back():
    before = world()
    with FakeS3():
        first = world()
    assert world() == before != first
    with FakeS3():
        assert world() == first
    assert world() == before


def test_a_method_that_the_user_replaces_between_two_fakes(monkeypatch):
    import http.client

    with FakeS3():
        pass

    def putrequest(connection, method, url, *args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", putrequest)
    with FakeS3():
        with pytest.raises(NotIntercepted):
            http.client.HTTPConnection("media.s3.amazonaws.com").putrequest("GET", "/k")
        with pytest.raises(ZeroDivisionError):
            http.client.HTTPConnection("example.com").putrequest("GET", "/")
    assert http.client.HTTPConnection.putrequest is putrequest


def test_a_class_that_the_user_replaces_between_two_fakes(monkeypatch):
    import http.client

    with FakeS3():
        pass
    old = http.client.HTTPConnection

    class Connection(old):
        pass

    monkeypatch.setattr(http.client, "HTTPConnection", Connection)
    with FakeS3():
        assert "putrequest" in vars(Connection)
        with pytest.raises(NotIntercepted):
            Connection("media.s3.amazonaws.com").putrequest("GET", "/k")
    assert "putrequest" not in vars(Connection)


def test_a_library_that_is_imported_anew_between_two_fakes(monkeypatch):
    import requests

    with FakeS3():
        pass
    for name in [name for name in sys.modules if name.partition(".")[0] == "requests"]:
        monkeypatch.delitem(sys.modules, name)
    anew = importlib.import_module("requests")
    assert anew is not requests
    with FakeS3(buckets=["media"], check_signatures=False) as fake:
        fake.put("media", "k", b"hello")
        url = "https://media.s3.amazonaws.com/k?AWSAccessKeyId=a&Signature=0&Expires=99999999999"
        assert anew.get(url).text == "hello"


def test_a_patch_that_fails_half_way_is_made_whole_by_a_later_fake(library):
    class Interceptor(ModuleInterceptor):
        def patch(self, module, patches):
            patches.replace(module, "value", lambda original: -original)
            patches.replace(module, "later", lambda original: -original)

    module, interceptor = importlib.import_module(NAME), Interceptor(NAME)
    with pytest.raises(AttributeError):
        call_on_import(interceptor.callbacks)
    interceptor.remove()
    assert module.value == 1
    module.later = 2
    for _ in range(2):
        cancel_on_import()
        call_on_import(interceptor.callbacks)
        assert (module.value, module.later) == (-1, -2)
        interceptor.remove()
        assert (module.value, module.later) == (1, 2)
