"""The names of Turi Create that are not here, each with what to do instead.

Whoever asks for one gets a ``NotHereError``, an ``AttributeError``: so ``hasattr`` says no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import NotHereError

PANDAS = "to_dataframe() returns a pandas DataFrame, which can do it"
NUMPY = "to_numpy() returns a NumPy array, and NumPy can do it"
NETWORKX = "networkx can do it, given a graph's edges, an SFrame"
REAL = "it is not about look-alikes, and the real Turi Create has it, on Python up to 3.8"
LAZY = "nothing is lazy here, and all of it is there"

# For each owner, what to do instead of which names.
INSTEAD = {
    "SFrame": {
        PANDAS: """
            dropna_split export_json pack_columns plot read_csv_with_errors shuffle
            split_datetime stack to_sql unpack unstack""",
        "tc.SFrame(frame) takes what pandas has read": "from_sql read_json",
        "build a list of rows, and tc.SFrame(rows)": "flat_map",
        "frame['a'] = values adds a column, frame[['b', 'a']] orders them": """
            add_columns select_column swap_columns""",
        "unique() keeps each row once": "drop_duplicates",
        "column_types() returns the types": "dtype",
        LAZY: "is_materialized",
    },
    "SArray": {
        NUMPY: """
            abs all any argmax argmin clip clip_lower clip_upper cumulative_max cumulative_mean
            cumulative_min cumulative_std cumulative_sum cumulative_var hash is_topk median nnz
            plot rolling_count rolling_max rolling_mean rolling_min rolling_stdv rolling_sum
            rolling_var shape shuffle summary where""",
        "apply(function) computes anything of each value": """
            datetime_to_str dict_has_all_keys dict_has_any_keys dict_keys dict_trim_by_keys
            dict_trim_by_values dict_values element_slice item_length split_datetime
            str_to_datetime vector_slice""",
        "apply(tc.Image) takes arrays (height, width, channels) of uint8": "pixel_array_to_image",
        "tc.SFrame({'x': array}) can do it": "random_split sample save stack unpack value_counts",
        "tc.SArray(values) takes any list": "date_range from_const random_integers read_json",
        "array[array.is_in(values)] returns them": "filter_by",
        "len(array) - len(array.dropna()) is it": "countna",
        LAZY: "is_materialized",
    },
    "SGraph": {
        NETWORKX: "add_edges add_vertices copy get_neighborhood triple_apply",
        "edges and vertices are SFrames, which can do it": """
            get_edge_fields get_fields get_vertex_fields save select_fields""",
    },
    "tc.aggregate": {
        PANDAS: """
            ARGMAX ARGMIN COUNT_DISTINCT DISTINCT FREQ_COUNT QUANTILE SELECT_ONE STD STDV VAR
            VARIANCE""",
    },
    "tc": {
        REAL: """
            activity_classifier boosted_trees_classifier boosted_trees_regression classifier
            clustering data_structures dbscan decision_tree_classifier decision_tree_regression
            drawing_classifier evaluation extensions factorization_recommender image_classifier
            item_content_recommender item_similarity_recommender kmeans linear_regression
            load_audio logistic_classifier nearest_neighbor_classifier object_detector
            one_shot_object_detector popularity_recommender random_forest_classifier
            random_forest_regression ranking_factorization_recommender recommender regression
            sound_classifier style_transfer svm_classifier text_analytics text_classifier
            toolkits topic_model util""",
        NETWORKX: """
            Edge Vertex degree_counting graph_analytics graph_coloring kcore
            label_propagation load_sgraph pagerank shortest_path triangle_counting""",
        "a Python list grows, and an SFrame or SArray takes it": "SArrayBuilder SFrameBuilder",
        "show() and explore() of an SFrame show its rows": "plot show",
        "distance='euclidean' or 'cosine' names one": "distances",
        "SFrames are saved, and load_sframe reads them": "load_sarray",
        "to_numpy() of a column has what NumPy counts": "Sketch",
        "__version__ is what version these calls have": "version_info",
    },
}


def error(owner: str, name: str) -> AttributeError:
    """Return the error for a name that an owner lacks; for Turi Create's, it says what to do."""
    for instead, names in INSTEAD.get(owner, {}).items():
        if name in names.split():
            return NotHereError(f"Turi Create's {owner}.{name} is not here: {instead}.")
    return AttributeError(f"'{owner}' has no attribute '{name}'")


class _Absent(type):
    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            raise error(_owner(cls), name)


class Incomplete(metaclass=_Absent):
    """The base of a class that lacks names of Turi Create's, such as ``tc.SFrame.read_json``."""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise error(_owner(type(self)), name)


def _owner(kind: type) -> str:
    names = [base.__name__ for base in kind.__mro__]
    return next((name for name in names if name in INSTEAD), names[0])
