# frozen_string_literal: true

# trace_info.json: what is known of a recording as a whole.
#
# Written by Recording at its start and its end, each time whole and put in the place of the one
# before. doc/format/trace_info.md is the contract; mirrors libctrace/src/trace/timeline_facts.c.
require_relative "../json_text"
require_relative "core"
require_relative "family"
require_relative "json_array"

module CodeTracer
  module Pure
    class FactsFile
      NAME = "trace_info.json"
      MODE = 0o600
      FORMAT_VERSION = 1
      # As they were before the program, or OutputCapture, put others in their place.
      WRITE = Core.take(IO.singleton_class, :binwrite)
      RENAME = Core.take(File.singleton_class, :rename)
      VARIABLE = Core.take(Kernel, :instance_variable_get)
      STATUS = Core.take(SystemExit, :status)
      SIGNAL = Core.take(SignalException, :signo)

      # How the program ended, as trace_info.json tells it.
      def self.ending(exception)
        how = { how: "exit", exit_status: 0, signal: nil }
        case exception
        when nil then how
        when SystemExit then how.merge(exit_status: STATUS.bind_call(exception))
        when SignalException
          how.merge(how: "signal", exit_status: nil, signal: SIGNAL.bind_call(exception))
        else how.merge(how: "exception", exit_status: 1)
        end
      end

      UNSEEN = { how: "unseen", exit_status: nil, signal: nil }.freeze
      STOPPED = { how: "stop", exit_status: nil, signal: nil }.freeze

      # `options` are the recording's, `recording_id` its id, `parent` Family's or nil.
      def initialize(options, recording_id, parent = nil)
        @folder = options[:out_dir]
        @recording_id = recording_id
        @parent = parent
        @path = File.join(options[:out_dir], NAME)
        @head = JsonText.entries({ recording_id: recording_id, program: options[:shown_program],
                                   args: options[:args], workdir: options[:workdir],
                                   recorder: options[:recorder], profile: "json",
                                   backend: "pure", pid: Process.pid }, ",\n")
        @recorded = (options[:facts] || "{}")[1..-2]
      end

      # `state` is "recording", "complete", "interrupted" or "failed". The trace goes without the
      # file where it cannot be written.
      def write(state, ending: nil, failure: nil, duration_ns: nil, counts: nil)
        tail = JsonText.entries({ gems: gems, end: ending, failure: failure,
                                  duration_ns: duration_ns, counts: counts }, ",\n")
        first = JsonText.entries({ format: FORMAT_VERSION, state: state }, ",\n")
        loop do
          started = Family.started(@folder, @recording_id)
          parts = [first, @head, family(started), @recorded, tail].reject(&:empty?)
          replace("{\n#{parts.join(",\n")}\n}\n")
          break if started == Family.started(@folder, @recording_id)
        end
      rescue SystemCallError
        nil
      end

      private

      def family(started)
        children = Family.children(@folder, @recording_id) + started
        relatives = { parent: @parent, children: children.empty? ? nil : children }
        JsonText.entries(relatives.compact, ",\n")
      end

      def replace(text)
        WRITE.bind_call(IO, "#{@path}.new", text, perm: MODE, flags: JsonArray::NO_LINK)
        RENAME.bind_call(File, "#{@path}.new", @path)
      end

      # RubyGems is not asked: its table is read where it stands.
      def gems
        return [] unless Object.const_defined?(:Gem) && !Object.autoload?(:Gem)

        specs = VARIABLE.bind_call(Gem, :@loaded_specs)
        return [] unless Hash === specs

        specs.map { |name, spec| { name: name, version: version_of(spec) } }
             .select { |gem| String === gem[:name] && String === gem[:version] }
      end

      def version_of(spec)
        version = VARIABLE.bind_call(spec, :@version)
        VARIABLE.bind_call(version, :@version) unless version.nil?
      end
    end
  end
end
