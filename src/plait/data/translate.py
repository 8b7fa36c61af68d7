"""tmp"""
from plait.errors import EngineError
def translate(error, *, engine, server): return EngineError(str(error), engine=engine, cause=server.tail() if server else None)
