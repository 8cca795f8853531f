# frozen_string_literal: true

# A recording's forked children and the programs that it started: where their traces lie, and who
# belongs to whom.
#
# Used by Recording, FactsFile and StartedPrograms. A child writes its own trace_info.json, which
# names its parent; the parent finds its children by that. Mirrors
# libctrace/src/trace/timeline_branch.c and timeline_started.c.
require_relative "../recording_folder"

module CodeTracer
  module Pure
    module Family
      FOLDER = "children"
      TO_PARENT = "../.."
      FACTS = "trace_info.json"
      ID = /^"recording_id":"([^"]+)"/.freeze
      STARTED = %r{\A(\d+) ([-\h]{36}) (children/[-\d]+)\n\z}.freeze

      module_function

      # The trace's folder of the process `pid`, made if need be.
      def make_folder(parent_folder, pid)
        [FOLDER, pid.to_s].reduce(parent_folder) do |folder, name|
          path = File.join(folder, name)
          raise Errno::ELOOP, path if File.symlink?(path)

          RecordingFolder.make(path)
          path
        end
      end

      # What a child's file says of its parent.
      def parent(pid, recording_id)
        { pid: pid, recording_id: recording_id, folder: TO_PARENT }
      end

      # What a parent's file says of its children.
      def children(folder, recording_id)
        below = File.join(folder, FOLDER)
        names = File.directory?(below) ? Dir.children(below) : []
        names.grep(/\A\d+\z/).map(&:to_i).sort.map { |pid| child(below, pid, recording_id) }.compact
      end

      # What it says of the programs that it started, as they have registered themselves.
      def started(folder, recording_id)
        lines = File.binread(register(folder, recording_id)).lines
        lines.map { |line| STARTED.match(line) }.compact.map do |match|
          { pid: match[1].to_i, recording_id: match[2], folder: match[3] }
        end
      rescue SystemCallError
        [] # there are none
      end

      def register(folder, recording_id)
        File.join(folder, FOLDER, "#{recording_id}.started")
      end

      def child(below, pid, recording_id)
        text = File.binread(File.join(below, pid.to_s, FACTS))
        return unless text.include?("\"parent\":{") &&
                      text[/"parent":\{[^}]*\}/].include?("\"#{recording_id}\"")

        { pid: pid, recording_id: text[ID, 1], folder: "#{FOLDER}/#{pid}" }
      rescue SystemCallError
        nil # it was never recorded
      end
      private_class_method :child
    end
  end
end
