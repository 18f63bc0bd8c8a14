import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answersApiVersions } from './kafka-ready.ts'
import { builtOnce, runTool } from './server-cache.ts'
import { freePorts, type NativeServer, newServerFolder, startServer } from './server-process.ts'

const log4jVersion = '2.25.4'

/** One Kafka node in KRaft mode, without topics. The first start on a machine fetches its jars. */
export async function startKafka({ version = '4.3.1' }: { readonly version?: string } = {}): Promise<NativeServer> {
  const jars = await builtOnce(`kafka-${version}`, (folder) => fetchJars(folder, version))
  const [folder, [port = 0, controllerPort = 0]] = await Promise.all([newServerFolder('kafka'), freePorts(2)])
  const properties = join(folder, 'server.properties')
  await writeFile(properties, serverProperties({ folder, port, controllerPort }))
  await writeFile(join(folder, 'log4j2.properties'), quietLog)
  const classPath = `${folder}:${join(jars, 'libs')}/*`
  const format = ['format', '--standalone', '-t', clusterId(), '-c', properties]
  await runTool('java', ['-cp', classPath, 'kafka.tools.StorageTool', ...format])
  return startServer({
    name: `Kafka ${version}`,
    env: { KAFKA_BROKERS: `127.0.0.1:${port}` },
    folder,
    command: 'java',
    args: ['-Xms512m', '-Xmx512m', '-cp', classPath, 'kafka.Kafka', properties],
    isReady: () => answersApiVersions(port),
  })
}

async function fetchJars(folder: string, version: string): Promise<void> {
  await writeFile(join(folder, 'pom.xml'), pom(version))
  const output = `-DoutputDirectory=${join(folder, 'libs')}`
  await runTool('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', output], { cwd: folder })
}

function pom(version: string): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', version],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion],
  ].map(
    ([group, artifact, of]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version></dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidemark</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`
}

/** Small and quick to come back: after a crash a restart waits for the old session to end, 12 s where it is not set. */
function serverProperties({ folder, port, controllerPort }: { folder: string; port: number; controllerPort: number }) {
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=${listeners}
advertised.listeners=${listeners}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`
}

const quietLog = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`

/** A uuid as Kafka writes it, which never begins with a dash. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? clusterId() : id
}
