package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.util.List;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;

/** The part of the page about a cluster: who took the forwards each time that the run went on, and what that took. */
final class ClusterSection {
    private ClusterSection() {}

    /** Empty for a run whose forwards this machine took. */
    static String of(RunView run) {
        List<ClusterAccount> accounts = run.reported().accounts();
        if (accounts.isEmpty()) {
            return "";
        }
        HtmlTable table = new HtmlTable("Cluster")
                .figures(
                        "executors, cores",
                        "lost",
                        "rounds",
                        "broadcast",
                        "forwards",
                        "idle",
                        "reduce",
                        "driver",
                        "MB sent, received, between executors");
        accounts.forEach(account -> row(table, account));
        return HtmlText.section(
                "Cluster",
                table.html()
                        + "<p class=\"muted\">Seconds, once for each time that the run went on. Idle: the share of the executors' time in which"
                        + " they computed nothing while forwards were taken. The figures: cluster.json.</p>");
    }

    private static void row(HtmlTable table, ClusterAccount account) {
        String mixed = account.mixed()
                ? " <span class=\"muted\">of mixed processors: not to be repeated bit for bit</span>"
                : "";
        table.row(
                html(account.place()) + mixed,
                format("%d, %d", account.executors(), account.cores()),
                format("%d", account.lost()),
                format("%,d", account.rounds()),
                format("%.1f", account.broadcastSeconds()),
                format("%.1f", account.forwardsSeconds()),
                format("%.0f %%", 100 * account.idleShare()),
                format("%.1f", account.reduceSeconds()),
                format("%.1f", account.driverSeconds()),
                format(
                        "%,.1f, %,.1f, %,.1f",
                        account.bytesSent() / 1e6, account.bytesReceived() / 1e6, account.bytesBetween() / 1e6));
    }
}
