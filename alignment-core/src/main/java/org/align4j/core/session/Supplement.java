package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;

/** What a method leaves beside the weights of its adapter and model once the run is at its end. */
public interface Supplement {
    /** Leaves nothing. */
    Supplement NONE = folder -> {};

    /** Writes files into the folder of an adapter or a model. */
    void write(Path folder) throws IOException;

    /** Sections of Markdown for the model card; empty for none. */
    default String notes() {
        return "";
    }
}
