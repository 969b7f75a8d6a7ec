package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.align4j.core.error.InputException;
import org.align4j.dpo.ReferenceOptions.ReferenceCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceOptionsTest {
    /** With a mixup of 1 the reference becomes the policy whole. */
    @Test
    void aReferenceMayBecomeThePolicyWhole() {
        assertThat(new ReferenceOptions(null, 1, 1.0, ReferenceCache.AUTO).moves())
                .isTrue();
        assertThat(new ReferenceOptions(null, null, null, ReferenceCache.AUTO).moves())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.0001, Double.NaN})
    void anotherShareIsRefused(double mixup) {
        assertThatThrownBy(() -> new ReferenceOptions(null, 1, mixup, ReferenceCache.AUTO))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("reference-mixup is " + mixup + " but must be above 0 and at most 1");
    }
}
