package org.align4j.core.session.console;

import java.util.List;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.terminal.Terminal;

/** Brings data sets of the hub onto this machine where a person sees it going on. */
public final class DataDownload {
    private DataDownload() {}

    /** Downloads what is missing of the data sets among {@code names}. */
    public static void run(List<String> names, Terminal terminal) {
        try (DownloadProgress downloads = new DownloadProgress(terminal)) {
            DataFiles.download(names, downloads);
        }
    }
}
