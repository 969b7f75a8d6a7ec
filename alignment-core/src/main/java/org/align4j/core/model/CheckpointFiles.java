package org.align4j.core.model;

import java.nio.file.Path;
import org.align4j.core.weights.TensorEntry;
import org.align4j.core.weights.WeightStore;

/** The files of a model directory, read under the names that a decoder has for its weights. */
public final class CheckpointFiles {
    private CheckpointFiles() {}

    /**
     * The weights of a model directory under the names of its decoder: other spellings of the family are undone, and a tied
     * matrix that the file has under the head's name stands under the embedding's.
     */
    public static WeightStore open(Path directory, Decoder decoder) {
        WeightStore store = WeightStore.open(directory);
        String anchor =
                decoder.layers().get(0).parameters().findFirst().orElseThrow().name();
        for (CheckpointNames.Prefix prefix : decoder.names().prefixes()) {
            if (store.find(anchor) == null
                    && anchor.startsWith(prefix.ours())
                    && store.find(prefix.theirs()
                                    + anchor.substring(prefix.ours().length()))
                            != null) {
                store = store.renamed(prefix.theirs(), prefix.ours());
            }
        }
        StackedNames stacks = decoder.names().stacks();
        if (stacks != null) {
            store = stacks.undone(store);
        }
        String embedding = decoder.embedding().name();
        boolean mayBeTied = decoder.tied() || decoder.scores() != null;
        boolean underHead = mayBeTied && store.find(embedding) == null && store.find(CheckpointNames.HEAD) != null;
        return underHead ? store.renamed(CheckpointNames.HEAD, embedding) : store;
    }

    /** Whether a tied matrix lies under the name of a language model's head alone. */
    public static boolean hasEmbeddingAsHead(Path directory, Decoder decoder) {
        TensorEntry embedding =
                open(directory, decoder).find(decoder.embedding().name());
        return embedding != null && CheckpointNames.isHead(embedding.name());
    }

    /** Tensors that real checkpoints carry and no forward pass needs. */
    static boolean isLeftOver(String name, Decoder decoder) {
        return decoder.names().ignored().matcher(name).matches() || (decoder.tied() && CheckpointNames.isHead(name));
    }
}
