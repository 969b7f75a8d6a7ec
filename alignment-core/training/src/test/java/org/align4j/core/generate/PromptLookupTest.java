package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Drafts are what followed the end of a text where it stood before, and as long as earlier ones were good. */
class PromptLookupTest {
    private static int[] draft(PromptLookup lookup, int free, int most, int... text) {
        return lookup.draft(Arrays.copyOf(text, text.length + 3), text.length, free, most);
    }

    @Test
    void whatFollowedTheNewestPlaceOfThreeTokensComesFirst() {
        int[] text = {1, 2, 3, 7, 8, 1, 2, 3, 9, 5, 2, 3, 6, 1, 2, 3};
        assertThat(draft(new PromptLookup(), 4, 15, text)).containsExactly(9, 5, 2, 3);
    }

    @Test
    void twoTokensDoWhereNoThreeStoodBefore() {
        assertThat(draft(new PromptLookup(), 2, 15, 2, 3, 6, 4, 8, 2, 3)).containsExactly(6, 4);
        assertThat(draft(new PromptLookup(), 2, 15, 2, 3, 6, 4, 8, 9)).isEmpty();
    }

    /** A draft ends where the text does, also where the two places overlap. */
    @Test
    void aDraftHasNoMoreThanTheTextAndTheLimit() {
        assertThat(draft(new PromptLookup(), 9, 15, 4, 4, 4, 4)).containsExactly(4);
        assertThat(draft(new PromptLookup(), 9, 2, 1, 2, 3, 4, 5, 1, 2)).containsExactly(3, 4);
        assertThat(draft(new PromptLookup(), 9, 0, 1, 2, 3, 4, 5, 1, 2)).isEmpty();
        assertThat(draft(new PromptLookup(), 9, -1, 1, 2, 3, 4, 5, 1, 2)).isEmpty();
        assertThat(draft(new PromptLookup(), 9, 15, 1)).isEmpty();
    }

    /** Without free rows two guesses must have been right before one is read. */
    @Test
    void aDraftIsAsLongAsEarlierOnesWereGood() {
        int[] text = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 1, 2};
        PromptLookup lookup = new PromptLookup();
        assertThat(lookup.draft(text, 11, 0, 15)).isEmpty();
        assertThat(lookup.draft(text, 12, 0, 15)).isEmpty();
        assertThat(lookup.draft(text, 13, 0, 15)).containsExactly(5);
        lookup.kept(1, 1);
        assertThat(lookup.draft(text, 15, 0, 15)).containsExactly(7, 8);
        lookup.kept(1, 2);
        assertThat(lookup.draft(text, 17, 0, 15)).isEmpty();
        assertThat(lookup.draft(text, 18, 0, 15)).isEmpty();
        assertThat(lookup.draft(text, 18, 2, 15)).containsExactly(3, 4);
    }

    @Test
    void aDraftGrowsWhileAllOfItIsKept() {
        int[] text = new int[60];
        Arrays.setAll(text, i -> i % 40);
        PromptLookup lookup = new PromptLookup();
        lookup.draft(text, 42, 0, 15);
        lookup.draft(text, 43, 0, 15);
        int count = 44;
        for (int length : new int[] {1, 2, 4, 8}) {
            assertThat(lookup.draft(text, count, 0, 15)).hasSize(length);
            lookup.kept(length, length);
            count += length + 1;
        }
    }
}
