package org.align4j.serve.door;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.align4j.web.Refusal;

/**
 * An endpoint of a hosted service: a line of the table that a door's page shows.
 *
 * @param method of HTTP
 * @param path with its parameters in braces
 * @param standing whether it is here
 * @param status of a refusal; 200 otherwise
 * @param says what is to know, or why it is refused
 */
public record Endpoint(String method, String path, Standing standing, int status, String says) {
    private static final String COLUMNS = "method\tpath\tstanding\tstatus\tsays";

    /**
     * Reads a door's endpoints: a committed table of tab-separated columns {@code method, path, standing, status, says}, named {@code
     * endpoints.tsv}.
     *
     * @param door a class of the table's package
     */
    public static List<Endpoint> table(Class<?> door) {
        List<String> lines = FieldTable.text(door, "endpoints.tsv").lines().toList();
        if (!lines.get(0).equals(COLUMNS)) {
            throw new IllegalStateException("endpoints.tsv must have the columns " + COLUMNS.replace("\t", ", "));
        }
        return lines.stream().skip(1).map(line -> of(line.split("\t", -1))).toList();
    }

    private static Endpoint of(String[] cells) {
        Standing standing = Standing.valueOf(cells[2].toUpperCase(Locale.ROOT));
        return new Endpoint(cells[0], cells[1], standing, Integer.parseInt(cells[3]), cells[4]);
    }

    /**
     * Adds handlers that say why endpoints of a table are refused.
     *
     * @param place returns where a path of the table lies
     * @param code of the refusals
     */
    public static void mountRefusals(
            RoutesConfig routes, List<Endpoint> table, UnaryOperator<String> place, String code) {
        for (Endpoint endpoint : table) {
            if (endpoint.standing == Standing.REFUSED) {
                Handler refusing = ctx -> {
                    throw new Refusal(endpoint.status, endpoint.says).about(null, code);
                };
                String path = place.apply(endpoint.path);
                switch (endpoint.method) {
                    case "GET" -> routes.get(path, refusing);
                    case "DELETE" -> routes.delete(path, refusing);
                    case "PUT" -> routes.put(path, refusing);
                    default -> routes.post(path, refusing);
                }
            }
        }
    }
}
