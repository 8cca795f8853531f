# frozen_string_literal: true

# The folder that a recording goes into, made and checked before anything is started.
#
# Used by Launcher. What stands in it is replaced by the writer, and only the files of an older
# trace.
module CodeTracer
  # The recording cannot be made as asked: exit status 1.
  class CannotRecord < StandardError
  end

  module RecordingFolder
    PRIVATE_MODE = 0o700 # a trace shows whatever the program had in its variables

    module_function

    # The absolute path of `folder`, which exists and can be written to afterwards.
    def prepare(folder)
      path = File.absolute_path(folder.b, current)
      make(path)
      return path if File.writable?(path) && File.executable?(path)

      raise CannotRecord, "cannot write to #{path}"
    rescue SystemCallError => e
      raise CannotRecord, "cannot record into #{folder}: #{reason(e)}"
    end

    # In bytes: no encoding gets in the way. A working folder may be gone.
    def current
      Dir.pwd.b
    rescue SystemCallError
      "/".b
    end

    # The folder and those above it, each for its owner alone. Raises SystemCallError.
    def make(path)
      return if File.directory?(path)
      raise Errno::ENOTDIR, path if File.exist?(path)

      make(File.dirname(path))
      Dir.mkdir(path, PRIVATE_MODE)
    rescue Errno::EEXIST
      raise unless File.directory?(path) # another recording made it just now
    end

    # "Permission denied @ dir_s_mkdir - /x" without what only Ruby's source explains.
    def reason(error)
      error.class.new.message
    end
    private_class_method :reason
  end
end
