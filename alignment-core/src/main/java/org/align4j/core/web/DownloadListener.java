package org.align4j.core.web;

/** Hears how a download goes on, from several threads. */
public interface DownloadListener {
    /** Hears nothing. */
    DownloadListener SILENT = new DownloadListener() {
        @Override
        public void begins(String what, long bytes) {}

        @Override
        public void received(long bytes) {}
    };

    /** A download of {@code bytes} bytes begins, less what an interrupted one left. */
    void begins(String what, long bytes);

    /** The unpacking of what was fetched begins, {@code bytes} bytes. */
    default void unpacks(String what, long bytes) {}

    /** Hears that so many bytes more are unpacked. */
    default void unpacked(long bytes) {}

    /** Hears that so many bytes more have arrived. */
    void received(long bytes);
}
