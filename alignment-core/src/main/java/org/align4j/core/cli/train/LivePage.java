package org.align4j.core.cli.train;

import java.net.URI;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.align4j.core.error.InputException;

/** A page about a run that is served while the run trains, and ends when it is closed. */
public interface LivePage extends AutoCloseable {
    /** Returns where a browser on this machine finds the page, with what lets its buttons act. */
    URI address();

    @Override
    void close();

    /** Serves pages; found by {@link ServiceLoader}, since the module that does knows the core and the core none. */
    interface Source {
        /** Serves the page of a run until it is closed. */
        LivePage open(Path run);

        /**
         * Finds who serves pages.
         *
         * @throws InputException where no module on the class path does
         */
        static Source find() {
            return ServiceLoader.load(Source.class, Source.class.getClassLoader())
                    .findFirst()
                    .orElseThrow(
                            () -> new InputException(
                                    "watch is true but no module on the class path serves live pages; add alignment-desk, or drop it."));
        }
    }
}
