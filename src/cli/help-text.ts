export const helpText = `huntgroup: one model name, many deployments

Usage
  huntgroup serve [options]     serve REST, gRPC, gRPC-Web and Connect on one port
  huntgroup check FILE          print every problem of a configuration, or the routing table it makes

Options of serve (or from the environment)
  -c, --config FILE             LiteLLM's YAML; without it, an embedded default with mock deployments  HUNTGROUP_CONFIG
      --host HOST               address to listen on, default 127.0.0.1                       HUNTGROUP_HOST
  -p, --port PORT               default 8000; 0 takes any free one                            HUNTGROUP_PORT
      --tls-cert FILE           PEM certificate chain; with --tls-key serves TLS (h2, HTTP/1.1)  HUNTGROUP_TLS_CERT
      --tls-key FILE            PEM private key                                               HUNTGROUP_TLS_KEY
      --insecure                allow a public address without a master key                   HUNTGROUP_INSECURE
      --skip-invalid            start without the deployments that have something wrong       HUNTGROUP_SKIP_INVALID
      --log-level LEVEL         debug, info, warn, error or silent, default info              HUNTGROUP_LOG_LEVEL
      --log-format FORMAT       json, pretty or auto (pretty on a terminal), default auto     HUNTGROUP_LOG_FORMAT
      --drain-seconds N         how long requests may take to end after SIGTERM, default 30   HUNTGROUP_DRAIN_SECONDS

Other
  -h, --help                    this text
  -v, --version                 the version

Exit codes: 0 all went well, 1 failure, 2 bad use or bad configuration.
`;
