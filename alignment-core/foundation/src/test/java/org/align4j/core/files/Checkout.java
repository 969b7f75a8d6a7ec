package org.align4j.core.files;

import java.nio.file.Path;

/** The folders of the checkout that tests of more than one module read, wherever a test runs. */
public final class Checkout {
    /** The checkout itself, as the build says. */
    public static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    /** The demo's rows, and its model in {@code model}. */
    public static final Path DEMO = ROOT.resolve("data").resolve("demo");

    private Checkout() {}

    /**
     * Returns a file or folder among the test resources of a module.
     *
     * @param module as its folder is called below {@code alignment-core}
     */
    public static Path resource(String module, String path) {
        return ROOT.resolve("alignment-core")
                .resolve(module)
                .resolve("src/test/resources")
                .resolve(path);
    }
}
