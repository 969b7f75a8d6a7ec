package org.align4j.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that a server may send to: those of {@code --allow-address} and no others. A host's name permits what it resolves to where that is a
 * public address; a private, loopback or link-local one must be permitted itself, so that a name whose DNS changes reaches nothing inside.
 */
public final class AllowedAddresses {
    private static final Pattern NUMERIC = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");
    private static final Pattern WITH_PORT = Pattern.compile("(\\[[^\\]]+\\]|[^:\\[\\]]+):(\\d{1,5})");
    private static final int MOST_PORT = 65535;

    /** What isn't reached by a name: private networks and all that is set apart, metadata services among them. */
    private static final List<Network> INSIDE = networks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20");

    private static final Network GLOBAL = Network.parse("2000::/3");

    private final List<Rule> rules;
    private final Resolver resolver;

    private AllowedAddresses(List<Rule> rules, Resolver resolver) {
        this.rules = rules;
        this.resolver = resolver;
    }

    /** Looks up what addresses a host's name has. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /** Says that an address isn't one that the server may send to. */
    public static final class NotAllowed extends IOException {
        private static final long serialVersionUID = 1;

        private NotAllowed(String message) {
            super(message);
        }
    }

    /**
     * Permits addresses.
     *
     * @param rules each {@code HOST}, {@code HOST:PORT} or a network such as {@code 10.0.0.0/8}; none permits nothing
     * @throws InputException where a rule is none of these
     */
    public static AllowedAddresses of(List<String> rules) {
        return of(rules, InetAddress::getAllByName);
    }

    static AllowedAddresses of(List<String> rules, Resolver resolver) {
        List<Rule> read = new ArrayList<>();
        rules.forEach(rule -> read.addAll(Rule.parse(rule)));
        return new AllowedAddresses(List.copyOf(read), resolver);
    }

    /**
     * Refuses an address by what is written alone, without looking up its host.
     *
     * @throws NotAllowed where it is no plain address of http or https, or no rule can permit it whatever it resolves to
     */
    public void requireWritten(URI address) throws NotAllowed {
        if (!WebClient.reaches(address) || address.getRawUserInfo() != null) {
            throw new NotAllowed("it must be http://HOST[:PORT]/PATH or https://…, without a user or a password");
        }
        if (rules.isEmpty()) {
            throw notAllowed(address);
        }
        if (NUMERIC.matcher(bare(address.getHost())).matches()) {
            try {
                choose(address, InetAddress.getAllByName(bare(address.getHost())));
            } catch (UnknownHostException e) {
                throw new NotAllowed("its host is no address");
            }
        }
    }

    /**
     * Looks up an address once, and returns where to connect to; to connect to anything else would let DNS change in between.
     *
     * @throws NotAllowed where nothing that the host resolves to is permitted
     * @throws UnknownHostException where there is no such host
     */
    InetSocketAddress require(URI address) throws IOException {
        requireWritten(address);
        return choose(address, resolver.resolve(bare(address.getHost())));
    }

    private InetSocketAddress choose(URI address, InetAddress[] found) throws NotAllowed {
        int port = port(address);
        String host = bare(address.getHost()).toLowerCase(Locale.ROOT);
        return Arrays.stream(found)
                .filter(each -> rules.stream().anyMatch(rule -> rule.permits(host, port, each)))
                .findFirst()
                .map(each -> new InetSocketAddress(each, port))
                .orElseThrow(() -> notAllowed(address));
    }

    private static NotAllowed notAllowed(URI address) {
        return new NotAllowed("this server may not send to " + Shortened.of(address.getHost()) + ", port "
                + port(address)
                + "; whoever runs it can permit that: align serve --allow-address HOST[:PORT] (a private, loopback or link-local"
                + " address must be given as such, or as a network: 10.0.0.0/8)");
    }

    static int port(URI address) {
        if (address.getPort() >= 0) {
            return address.getPort();
        }
        return address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    private static String bare(String host) {
        String inner = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return inner.endsWith(".") ? inner.substring(0, inner.length() - 1) : inner;
    }

    private static boolean isPublic(InetAddress address) {
        boolean old = address.getAddress().length == 4;
        return (old || GLOBAL.holds(address)) && INSIDE.stream().noneMatch(inside -> inside.holds(address));
    }

    private static List<Network> networks(String... written) {
        return Arrays.stream(written).map(Network::parse).toList();
    }

    /** A network of one kind of addresses: all that begin with some bits. */
    @SuppressWarnings("ArrayRecordComponent") // a parsed constant, never compared
    private record Network(byte[] bits, int length) {
        static Network parse(String written) {
            int slash = written.indexOf('/');
            try {
                String address = written.substring(0, slash);
                if (!NUMERIC.matcher(address).matches()) {
                    throw new IllegalArgumentException(written);
                }
                byte[] bits = InetAddress.getByName(address).getAddress();
                int length = Integer.parseInt(written.substring(slash + 1));
                if (length < 0 || length > bits.length * 8) {
                    throw new IllegalArgumentException(written);
                }
                return new Network(bits, length);
            } catch (UnknownHostException | NumberFormatException e) {
                throw new IllegalArgumentException(written, e);
            }
        }

        static Network of(InetAddress address) {
            return new Network(address.getAddress(), address.getAddress().length * 8);
        }

        boolean holds(InetAddress address) {
            byte[] other = address.getAddress();
            if (other.length != bits.length) {
                return false;
            }
            for (int bit = 0; bit < length; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((bits[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** What one rule permits: a name, or a network, and one port or all. */
    private record Rule(
            @Nullable String name,
            @Nullable Network network,
            @Nullable Integer port) {

        static List<Rule> parse(String written) {
            String given = written.strip();
            try {
                if (given.indexOf('/') > 0) {
                    return List.of(new Rule(null, Network.parse(given), null));
                }
                Matcher ported = WITH_PORT.matcher(given);
                boolean hasPort = ported.matches();
                Integer port = hasPort ? Integer.valueOf(ported.group(2)) : null;
                String host = bare(hasPort ? ported.group(1) : given);
                if (port != null && (port < 1 || port > MOST_PORT)) {
                    throw new IllegalArgumentException(given);
                }
                return of(host.toLowerCase(Locale.ROOT), port);
            } catch (IllegalArgumentException | UnknownHostException e) {
                throw new InputException(
                        "allow-address holds " + Shortened.of(written)
                                + ", but takes HOST, HOST:PORT (an address of IPv6 in brackets) or a network such as 10.0.0.0/8.",
                        e);
            }
        }

        private static List<Rule> of(String host, @Nullable Integer port) throws UnknownHostException {
            if (host.equals("localhost")) {
                return networks("127.0.0.0/8", "::1/128").stream()
                        .map(network -> new Rule(null, network, port))
                        .toList();
            }
            if (NUMERIC.matcher(host).matches()) {
                return List.of(new Rule(null, Network.of(InetAddress.getByName(host)), port));
            }
            if (!NAME.matcher(host).matches()) {
                throw new IllegalArgumentException(host);
            }
            return List.of(new Rule(host, null, port));
        }

        boolean permits(String host, int asked, InetAddress address) {
            if (port != null && port != asked) {
                return false;
            }
            return network == null ? host.equals(name) && isPublic(address) : network.holds(address);
        }
    }
}
