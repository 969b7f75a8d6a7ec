package org.align4j.core.text;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Added tokens that are normalised: where the normalizer puts something before every text (Llama's U+2581), it belongs
 * to these tokens too when they are decoded, and they are not skipped as special ones. Newer versions of the tokenizers
 * library do so by themselves; the one in use does not.
 */
final class PrefixedTokens {
    private final BitSet prefixed = new BitSet();
    private final BitSet special;
    private final int prefix;

    PrefixedTokens(Vocabulary vocabulary) {
        Integer id = vocabulary.prefix().isEmpty() ? null : vocabulary.id(vocabulary.prefix());
        if (id != null) {
            prefixed.or(vocabulary.normalized());
        }
        this.prefix = id == null ? 0 : id;
        this.special = vocabulary.special();
    }

    /** Returns whether any of the tokens needs a prefix. */
    boolean among(int[] ids) {
        return !prefixed.isEmpty() && Arrays.stream(ids).anyMatch(prefixed::get);
    }

    /** The ids with the prefix's before those that have one, and without special ones where these are to be skipped. */
    int[] spelled(int[] ids, boolean skipSpecialTokens) {
        return Arrays.stream(ids)
                .flatMap(id -> {
                    if (prefixed.get(id)) {
                        return Arrays.stream(new int[] {prefix, id});
                    }
                    return skipSpecialTokens && special.get(id)
                            ? Arrays.stream(new int[0])
                            : Arrays.stream(new int[] {id});
                })
                .toArray();
    }
}
