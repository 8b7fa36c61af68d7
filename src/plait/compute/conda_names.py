"""What conda's names of packages mean on the Python index.

The two have nothing to do with each other: whoever takes a name on the index decides what is
installed under it. So only names that are listed here are asked for; an unknown one is refused.
"""

from __future__ import annotations

import re

# Names under which conda has packages that the index calls otherwise.
_RENAMED = {
    "brotli-python": "Brotli",
    "dask-core": "dask",
    "docker-py": "docker",
    "h3-py": "h3",
    "huggingface_hub": "huggingface-hub",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "numpy-base": "numpy",
    "opencv": "opencv-python-headless",
    "ortools-python": "ortools",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyarrow-core": "pyarrow",
    "pyg": "torch-geometric",
    "pytables": "tables",
    "python-annoy": "annoy",
    "python-blosc": "blosc",
    "python-confluent-kafka": "confluent-kafka",
    "python-duckdb": "duckdb",
    "python-flatbuffers": "flatbuffers",
    "python-graphviz": "graphviz",
    "python-igraph": "igraph",
    "python-lmdb": "lmdb",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "pytorch_geometric": "torch-geometric",
    "qdldl-python": "qdldl",
    "ray-core": "ray",
    "ray-data": "ray[data]",
    "ray-default": "ray[default]",
    "ray-train": "ray[train]",
    "ray-tune": "ray[tune]",
    "redis-py": "redis",
    "tensorflow-base": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "ruamel_yaml": "ruamel.yaml",
}

# Python packages that have one name in both places.
_SAME = frozenset(
    """
    absl-py accelerate adlfs aiobotocore aiofiles aiohttp albumentations alembic altair anndata
    anyio arrow arviz asttokens astropy asyncpg attrs autograd autopep8 awkward babel
    bayesian-optimization bcrypt beautifulsoup4 biopython black bleach bokeh boost-histogram boto3
    botocore bottleneck cachetools captum catboost category_encoders causalml certifi cffi cftime
    chardet charset-normalizer clarabel click cloudpickle cmdstanpy colorama colorlog contourpy
    coverage cryptography cuda-python cvxpy cycler cython dash dask dask-ml datasets deap debugpy
    decorator delta-spark deltalake diffusers dill distributed dtreeviz duckdb dulwich ecos econml
    einops elasticsearch eli5 email-validator et_xmlfile evaluate fastai fastapi fastavro fastcore
    fastparquet fasttext feature_engine featuretools feather-format filelock findspark fiona flake8
    flask flax folium fonttools formulaic frozendict fsspec future gcsfs gensim geopandas geopy
    gitpython google-api-python-client google-auth google-cloud-bigquery google-cloud-storage
    great-expectations greenlet grpcio gspread gunicorn gym gymnasium h2 h5netcdf h5py hdbscan
    hmmlearn holidays holoviews html5lib httpx hvplot hydra-core hyperopt hypothesis ibis-framework
    idna imageio imbalanced-learn implicit importlib-metadata importlib-resources impyla iniconfig
    interpret ipykernel ipython ipywidgets isort itsdangerous jax jaxlib jedi jieba jinja2 jmespath
    joblib json5 jsonschema jupyter jupyterlab kafka-python keras kiwisolver langchain
    langchain-core langdetect lark leidenalg libcst libpysal librosa lifelines lightfm lightgbm
    lightning lime linearmodels llvmlite lxml lz4 mako markdown markupsafe mashumaro matplotlib
    matplotlib-inline missingno ml-dtypes mlflow mlxtend mmh3 more-itertools moto mpmath msgpack
    multidict multiprocess mypy mypy_extensions mysql-connector-python mysqlclient narwhals natsort
    nbclient nbconvert nbformat netcdf4 networkx neuralprophet nevergrad nltk nvidia-ml-py notebook
    numba numcodecs numexpr numpy numpyro oauthlib omegaconf onnx onnxruntime onnxmltools openai
    openpyxl opt_einsum optax optuna oracledb orjson osqp packaging paho-mqtt pandas pandera panel
    papermill param paramiko pathos patsy peft pexpect pillow plotly plotnine pluggy pmdarima
    polars pooch prometheus_client prompt_toolkit prophet protobuf psutil psycopg psycopg2 pulp
    py4j pyarrow pyasn1 pybind11 pycocotools pycparser pycryptodome pydantic pydot pyflakes
    pygments pyhive pyjwt pylint pymc pymongo pymysql pynndescent pyod pyodbc pyomo pyopenssl
    pyparsing pyperclip pyproj pyro-ppl pyspark pystan pytesseract pytest pytest-cov
    python-dateutil python-dotenv python-louvain python-multipart python-snappy pytorch-lightning
    pytorch-tabnet pytz pywavelets pyyaml pyzmq qtconsole qtpy quantile-forest rapidfuzz rasterio
    regex requests rich river ruamel.yaml s3fs s3transfer sacremoses safetensors salib scanpy
    scikit-image scikit-learn scikit-optimize scikit-surprise scikit-survival scipy scrapy scs
    seaborn selenium sentence-transformers sentencepiece shap shapely simplejson six sktime
    skl2onnx skorch smart_open sniffio snowflake-connector-python sortedcontainers soupsieve spacy
    sqlalchemy sqlglot sqlparse stable-baselines3 starlette statsforecast statsmodels stumpy sympy
    tabulate tblib tenacity tensorboard tensorboardx tensorflow tensorflow-probability termcolor
    textblob tf-keras threadpoolctl thrift tifffile tiktoken timm tokenizers toml tomli toolz
    torchaudio torchmetrics torchvision tornado tqdm traitlets transformers treelite tsfresh
    tslearn typer typing-extensions typing_extensions ujson umap-learn unidecode urllib3 uvicorn
    vaderSentiment vowpalwabbit wandb wcwidth websockets werkzeug wordcloud wrapt xarray xgboost
    xlrd xlsxwriter yarl yellowbrick zarr zipp zstandard
    """.lower()
    .replace("_", "-")
    .replace(".", "-")
    .split()
)

# Tools, compilers, other languages, and libraries that wheels contain.
_NOT_PYTHON = re.compile(
    r"pip|uv|setuptools|wheel|conda|conda-.*|mamba|"
    r"_.*|r|r-.*|julia|nodejs|yarn|perl.*|ruby.*|lua.*|go|rust|openjdk|maven|scala|"
    r"lib.*|.*-(cpp|libs?|dev|devel|static|runtime|linux-64|linux-aarch64|osx-64|osx-arm64|win-64)|"
    r"gcc.*|gxx.*|gfortran.*|clang.*|llvm.*-tools|compilers|c-compiler|cxx-compiler|binutils.*|"
    r"ld-impl.*|make|cmake|m4|autoconf|automake|pkg-config|nasm|yasm|bison|flex|sysroot.*|vc|"
    r"vs20\d\d.*|ucrt|m2w?-?64.*|msys2.*|xorg-.*|font.*|"
    r"cuda.*|cudnn|nccl|nvidia-.*|pytorch-(cuda|mutex)|cpuonly|magma.*|"
    r"blas|mkl.*|openblas|lapack|intel-openmp|llvm-openmp|tbb|arpack|suitesparse|fftw|"
    r"openmpi|mpich|impi.*|openssl|ca-certificates|tzdata|tk|tcl|readline|ncurses|sqlite|zlib.*|"
    r"xz|bzip2|zstd|lz4-c|snappy|brotli(-bin)?|lzo|blosc|c-blosc2?|c-ares|expat|gettext|glib|"
    r"icu|jpeg|jasper|giflib|lerc|freetype|harfbuzz|cairo|pango|pixman|fribidi|graphite2|"
    r"hdf[45]|netcdf-?[cf]?|geos|proj|proj4|geotiff|krb5|cyrus-sasl|curl|wget|git|git-lfs|"
    r"ffmpeg|x264|x265|gmp|mpfr|mpc|isl|gsl|boost.*|eigen|re2|grpc|flatbuffers|thrift-.*|"
    r"orc|rocksdb|leveldb|lmdb|yaml|pcre2?|qt.*|gtk.*|dbus|alsa.*|"
    r"postgresql|mysql|mysql-(client|server)|mariadb|redis|redis-server|mongodb|unixodbc|freetds|"
    r"graphviz|imagemagick|tesseract|poppler|pandoc|texlive.*|swig|doxygen|unzip|zip|tar|bash|"
    r"coreutils|findutils|sed|gawk|parallel|htop|tmux|vim|openssh|rsync|jq|hadoop|spark|flink|"
    r"kafka|zookeeper|nginx|docker-.*|protobuf-c|aws-c-.*|aws-checksums|s2n|"
    r"ninja.*|h3|igraph|xxhash|python_abi"
)


def on_the_index(name: str) -> str | None:
    """What the Python index calls conda's package `name`; None for one that is not known.

    An answer may bring extras, such as `ray[tune]`.
    """
    known = name.lower()
    if known in _RENAMED:
        return _RENAMED[known]
    return known if known.replace("_", "-").replace(".", "-") in _SAME else None


def is_no_python_package(name: str) -> bool:
    """Whether conda's package `name` is known to be something else than a Python package."""
    return on_the_index(name) is None and _NOT_PYTHON.fullmatch(name.lower()) is not None
