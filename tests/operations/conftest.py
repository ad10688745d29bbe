from tests.operations.scene import scene

__all__ = ["scene"]
