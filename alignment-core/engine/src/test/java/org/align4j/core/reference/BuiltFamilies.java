package org.align4j.core.reference;

import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;

/** Which cases are of a model family that there is. */
public final class BuiltFamilies {
    private BuiltFamilies() {}

    /** Ends the case as not built where its architecture is missing; a supported one must read every config. */
    public static void require(Path config, Comparisons comparisons) {
        ConfigJson read = ConfigJson.read(config);
        try {
            Families.decoder(read);
        } catch (InputException e) {
            if (e.getMessage().contains("architecture " + read.architecture() + " is not supported")) {
                comparisons.notBuilt(read.architecture());
            }
            throw e;
        }
    }
}
