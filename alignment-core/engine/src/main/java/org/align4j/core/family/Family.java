package org.align4j.core.family;

import java.util.Set;
import org.align4j.core.model.Decoder;

/** A model family: makes a decoder of its {@code config.json}. */
interface Family {

    /** Returns the values of {@code architectures} that this family reads. */
    Set<String> architectures();

    /**
     * Describes the decoder of a config.
     *
     * @throws org.align4j.core.error.InputException for a field that is missing, or that would change the result and is not
     *     supported
     */
    Decoder decoder(ConfigJson config);
}
