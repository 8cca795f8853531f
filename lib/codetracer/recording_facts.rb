# frozen_string_literal: true

# What trace_info.json says of a recording and is known before the program runs.
#
# Made for BootOptions; both recorders put it into the file as it stands. doc/format/trace_info.md
# has every key.
require_relative "git_commit"
require_relative "json_text"

module CodeTracer
  module RecordingFacts
    RUBY = {
      version: RUBY_VERSION, patchlevel: RUBY_PATCHLEVEL, engine: RUBY_ENGINE,
      engine_version: RUBY_ENGINE_VERSION, platform: RUBY_PLATFORM, description: RUBY_DESCRIPTION
    }.freeze

    module_function

    # `options` is a RecordingOptions, `folder`: whose repository is looked for; `sources`: path and
    # digest of each filter; `started_by`: what a program that is followed says of its parent.
    def to_json(options, skip_prefixes:, folder:, sources:, started_by:)
      limits = options.value_limits.merge(spool_bytes: options.spool_bytes)
      filters = { skipped_folders: skip_prefixes, io: options.io_words,
                  sources: sources.map { |path, digest| { path: path, sha256: digest } } }
      facts = { **started_by, ruby: RUBY, start_time: start_time, git: GitCommit.find(folder),
                limits: limits, filters: filters, calls: options.calls }
      "{#{JsonText.entries(facts, ",\n")}}"
    end

    # ISO 8601, in UTC. Time#iso8601 is the standard library's.
    def start_time
      Time.now.utc.strftime("%Y-%m-%dT%H:%M:%S.%3NZ")
    end
  end
end
