{{- define "huntgroup.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Names of at most 63 characters, as Kubernetes takes them. */}}
{{- define "huntgroup.fullname" -}}
{{- $name := include "huntgroup.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "huntgroup.selectorLabels" -}}
app.kubernetes.io/name: {{ include "huntgroup.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "huntgroup.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "huntgroup.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "huntgroup.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "huntgroup.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "huntgroup.configMapName" -}}
{{- default (printf "%s-config" (include "huntgroup.fullname" .)) .Values.existingConfigMap -}}
{{- end -}}

{{/* The configuration with a place for the state file where it names none: the folder of the configuration cannot be written to. */}}
{{- define "huntgroup.config" -}}
{{- $added := dict "general_settings" (dict "state_file" "/var/lib/huntgroup/state.json") -}}
{{- mergeOverwrite $added (deepCopy .Values.config) | toYaml -}}
{{- end -}}

{{/* What values.schema.json cannot see: values that do not go together. */}}
{{- define "huntgroup.checkValues" -}}
{{- if and .Values.state.persistence.enabled (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) -}}
{{- fail "state.persistence: one volume has one writer. Set replicaCount to 1 and autoscaling.enabled to false, or state.persistence.enabled to false." -}}
{{- end -}}
{{- if and (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) (not .Values.allowSeparateState) -}}
{{- fail "replicaCount: instances share no limits, budgets or run-time keys. Set it to 1 and autoscaling.enabled to false, or say allowSeparateState: true." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts: name at least one host, such as llm.example.com." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name the gateway, such as [{ name: my-gateway }]." -}}
{{- end -}}
{{- if and (not .Values.secrets.existingSecret) (not .Values.secrets.allowOpenServer) -}}
{{- fail "secrets.existingSecret: name a Secret that holds HUNTGROUP_MASTER_KEY, or say secrets.allowOpenServer: true to let everybody in." -}}
{{- end -}}
{{- if and (not .Values.existingConfigMap) (not .Values.config.model_list) -}}
{{- fail "config.model_list: name at least one deployment, or give existingConfigMap." -}}
{{- end -}}
{{- end -}}
