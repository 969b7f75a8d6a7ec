package org.align4j.core.model;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The ways in which a family's checkpoints on disk may differ from the names of its decoder.
 *
 * @param prefixes other spellings, tried in order: names that start with {@code ours} start with {@code theirs} in the file
 * @param ignored whole names of tensors that real checkpoints carry and no forward pass needs
 * @param stacks how all experts of a layer may lie in one tensor; null: there are none
 */
public record CheckpointNames(
        List<Prefix> prefixes, Pattern ignored, @Nullable StackedNames stacks) {
    public static final String HEAD = "lm_head.weight";

    /** Names as they are; rotary buffers of old checkpoints are left alone. */
    public static final CheckpointNames PLAIN =
            new CheckpointNames(List.of(), Pattern.compile(".*rotary_emb\\.inv_freq|score\\.weight"));

    /** Makes names for checkpoints without stacks of experts. */
    public CheckpointNames(List<Prefix> prefixes, Pattern ignored) {
        this(prefixes, ignored, null);
    }

    /** Returns these names where experts may lie in stacks. */
    public CheckpointNames with(StackedNames experts) {
        return new CheckpointNames(prefixes, ignored, experts);
    }

    /** Returns these names with one more name, or {@code lm_head.weight} in any case, left alone. */
    CheckpointNames ignoring(String name) {
        String pattern = "(?:" + ignored.pattern() + ")|lm_head\\.weight|" + Pattern.quote(name);
        return new CheckpointNames(prefixes, Pattern.compile(pattern), stacks);
    }

    /** Whether a name is that of a language model's head, which a tied model's files may have as well. */
    public static boolean isHead(String name) {
        return name.equals(HEAD);
    }

    /** One spelling: the start of a name here and in the file. */
    public record Prefix(String ours, String theirs) {}
}
