# frozen_string_literal: true

# The recorder's version, as --version prints it and as it stands in every trace.
#
# Read by the launcher and by the gemspec. CHANGELOG.md says what changed in each.
module CodeTracer
  VERSION = "0.1.0"
  RECORDER_NAME = "codetracer-ruby-recorder"
end
