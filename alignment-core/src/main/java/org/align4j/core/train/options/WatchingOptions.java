package org.align4j.core.train.options;

import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;

/** Who follows a run while it trains, beside its console and its directory. */
@Heading("Watching")
public record WatchingOptions(
        @Option(help = "Serve a live page of the run on this machine while it trains; the console has its address.")
        boolean watch) {
    /** Nobody follows. */
    public static final WatchingOptions NONE = new WatchingOptions(false);
}
