package org.align4j.core.family;

/** The number of experts that a token goes to. */
final class ExpertCounts {
    private static final String CHOSEN = "num_experts_per_tok";

    /** Experts of all layers, each of which is planned: four times those of the largest model that is published. */
    private static final int MOST = 100_000;

    private ExpertCounts() {}

    /** Refuses more experts than any model has. */
    static void requireFew(LlamaParts parts, int count) {
        long all = (long) parts.layers() * count;
        if (all > MOST) {
            throw parts.config()
                    .error(count + " experts in each of " + parts.layers() + " layers are " + all + " but at most "
                            + MOST + " are supported; the file is damaged or made for something else.");
        }
    }

    /** {@code num_experts_per_tok}, at most as many as there are. */
    static int chosen(LlamaParts parts, int otherwise, int count) {
        requireFew(parts, count);
        int chosen = parts.config().count(CHOSEN, otherwise);
        if (chosen > count) {
            throw parts.config().error(CHOSEN + " is " + chosen + " but there are " + count + " experts.");
        }
        return chosen;
    }
}
