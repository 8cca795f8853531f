# frozen_string_literal: true

# The programs that a recorded program has started and that are recorded too: where their traces
# lie, and how the trace_info.json of both come to name each other.
#
# Used by Following, and read by the pure recorder. A program adds a line to a register below its
# parent's folder before it runs; the parent's recorder puts into its own file what is there at its
# end, and looks again behind that. One that comes when the parent has ended changes the file
# itself. So whoever is last has seen all. libctrace/src/trace/timeline_started.c is the other half.
require_relative "json_text"
require_relative "pure/family"
require_relative "recording_folder"

module CodeTracer
  class StartedPrograms
    FOLDER = Pure::Family::FOLDER
    FACTS = Pure::Family::FACTS
    ID = Pure::Family::ID
    PID = /^"pid":(\d+)/.freeze
    UNDER_WAY = /^"state":"recording"/.freeze
    TRIES = 1000 # of one number, in recordings into the same folder

    attr_reader :folder

    def initialize(folder)
      @folder = folder
      @text = File.binread(File.join(folder, FACTS))
    rescue SystemCallError
      @text = ""
    end

    def recording_id
      @text[ID, 1]
    end

    def pid
      @text[PID, 1]&.to_i
    end

    # A folder for a program that the process has become: `children/PID-1`, then `children/PID-2`.
    # (`children/PID` is for what a forked child did itself.)
    def make_folder(pid)
      below = RecordingFolder.prepare(File.join(@folder, FOLDER))
      (1..TRIES).each do |number|
        path = File.join(below, "#{pid}-#{number}")
        Dir.mkdir(path, RecordingFolder::PRIVATE_MODE)
        return path
      rescue Errno::EEXIST
        next
      end
      raise CannotRecord, "no free folder for #{pid} in #{below}"
    end

    # `path` is the folder of the program's recording, made by make_folder.
    def register(path, id)
      line = "#{Process.pid} #{id} #{FOLDER}/#{File.basename(path)}\n"
      flags = File::WRONLY | File::APPEND | File::CREAT | File::NOFOLLOW
      File.open(Pure::Family.register(@folder, recording_id), flags, 0o600) do |file|
        file.syswrite(line)
      end
      name_all
    end

    private

    # Until nothing was registered while the file was written.
    def name_all
      loop do
        known = Pure::Family.started(@folder, recording_id)
        text = File.binread(File.join(@folder, FACTS))
        return if text.match?(UNDER_WAY)

        replace(with_children(text, known))
        return if known == Pure::Family.started(@folder, recording_id)
      end
    end

    def with_children(text, known)
      require "json"
      facts = JSON.parse(text, symbolize_names: true)
      others = facts.fetch(:children, []).reject { |child| known.include?(child) }
      family = facts[:children] ? { children: others + known } : {}
      facts = family.empty? ? insert(facts, others + known) : facts.merge(family)
      "{\n#{JsonText.entries(facts, ",\n")}\n}\n"
    end

    # Where the recorders put it: before `ruby`, or last.
    def insert(facts, children)
      before = facts.take_while { |key, _| key != :ruby }.to_h
      before.merge(children: children).merge(facts)
    end

    def replace(text)
      path = File.join(@folder, FACTS)
      fresh = "#{path}.#{Process.pid}"
      flags = File::WRONLY | File::CREAT | File::EXCL | File::BINARY
      File.open(fresh, flags, 0o600) { |file| file.write(text) }
      File.rename(fresh, path)
    end
  end
end
