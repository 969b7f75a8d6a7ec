package org.align4j.core.family;

/** The number of experts that a token goes to. */
final class ExpertCounts {
    private static final String CHOSEN = "num_experts_per_tok";

    private ExpertCounts() {}

    /** {@code num_experts_per_tok}, at most as many as there are. */
    static int chosen(LlamaParts parts, int otherwise, int count) {
        int chosen = parts.config().count(CHOSEN, otherwise);
        if (chosen > count) {
            throw parts.config().error(CHOSEN + " is " + chosen + " but there are " + count + " experts.");
        }
        return chosen;
    }
}
