package org.align4j.serve.store;

/** Puts something before each write of this process into its database. */
public final class HeldStore {
    private HeldStore() {}

    /** Calls {@code before} ahead of each transaction from now on. */
    public static void hold(Runnable before) {
        Store.beforeWrite(before);
    }
}
