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

    @Test
    void aDraftIsAsLongAsEarlierOnesWereGood() {
        int[] text = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2};
        PromptLookup lookup = new PromptLookup();
        assertThat(draft(lookup, 0, 15, text)).containsExactly(3);
        lookup.kept(1, 1);
        assertThat(draft(lookup, 0, 15, text)).containsExactly(3, 4);
        lookup.kept(2, 2);
        assertThat(draft(lookup, 0, 15, text)).containsExactly(3, 4, 5, 6);
        lookup.kept(3, 4);
        assertThat(draft(lookup, 0, 15, text)).hasSize(3);
        lookup.kept(0, 3);
        assertThat(draft(lookup, 0, 15, text)).hasSize(1);
        assertThat(draft(lookup, 3, 15, text)).hasSize(3);
    }
}
