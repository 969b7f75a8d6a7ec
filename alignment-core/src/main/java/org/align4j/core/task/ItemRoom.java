package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;

/** Counts items that don't fit a model, or ends the evaluation at the first. */
final class ItemRoom {
    private final int maxLength;
    private final boolean drops;
    private int dropped;

    /**
     * Begins to count.
     *
     * @param maxLength tokens that the model takes
     * @param drops whether items may be left out
     */
    public ItemRoom(int maxLength, boolean drops) {
        this.maxLength = maxLength;
        this.drops = drops;
    }

    /**
     * Tells whether an item fits, and counts it where not.
     *
     * @param tokens of the item, those of an answer's first token included
     * @throws InputException where none may be left out
     */
    public boolean takes(TaskRow row, int tokens) {
        if (tokens <= maxLength) {
            return true;
        }
        if (!drops) {
            throw new InputException(format(
                    "%s: the item has %d tokens, but the model takes %d; lower few-shot, or leave such items out by too-long drop.",
                    row.place(), tokens, maxLength));
        }
        dropped++;
        return false;
    }

    /** Returns how many items were left out so far. */
    public int dropped() {
        return dropped;
    }
}
